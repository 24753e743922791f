import type { AccessQuestion, Authorization, Questions } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import type { Database } from '../../../store/index.ts';
import { Networks } from '../networks.ts';
import { Asker } from './ask.ts';
import { changingThings } from './changing.ts';
import { creating } from './creating.ts';
import { describingThings, withoutResource } from './describing.ts';
import type { Asks } from './asks.ts';

/**
 * What each EC2 operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function ec2Authorization({ database }: { readonly database: Database }): Authorization<Operations> {
  const networks = new Networks(database);
  const entries: [string, Questions][] = withoutResource.map((action) => [
    action,
    (_input, context) => [new Asker(networks, context, action).any()],
  ]);
  const asks: Asks = { ...describingThings, ...creating, ...changingThings };
  for (const [name, ask] of Object.entries(asks)) {
    const action = name as keyof Asks;
    const questions = ask as (input: never, asker: Asker, places: object) => readonly AccessQuestion[];
    entries.push([
      action,
      (input, context) => {
        const { account, region } = context;
        return questions(input, new Asker(networks, context, action), { networks, scope: { account, region } });
      },
    ]);
  }
  // Each question was typed by its action where it was written.
  return Object.fromEntries(entries) as Authorization<Operations>;
}
