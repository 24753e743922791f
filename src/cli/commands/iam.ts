import { InvalidArgument } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { endpoint, region, trust } from '../common-options.ts';
import { explained, type Question } from '../explained.ts';
import { signedClient } from '../signed-client.ts';

/** `longshore iam explain`: whether a user or role may do something, and which statement says so. */
export const iam: Command = {
  name: 'iam',
  summary: 'explain whether a user or role may do something',
  about:
    "Asks SimulatePrincipalPolicy and names the statement that decides:\n  longshore iam explain arn:aws:iam::123456789012:role/webAppTaskRole s3:GetObject 'arn:aws:s3:::app/*'\nSigned with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, by default test / test. The exit code is 0 when it is allowed, else 1.",
  arguments: ['explain', 'PRINCIPAL_ARN', 'ACTION', 'RESOURCE'],
  options: [
    endpoint,
    ...trust,
    region,
    {
      name: 'context',
      value: 'KEY=VALUE',
      about: 'a condition key of the request, such as aws:SourceIp=10.0.0.1; may be given more than once',
      many: true,
    },
  ],
  async run(settings, { environment, print }) {
    if (settings.argument(0) !== 'explain') {
      throw new InvalidArgument(`there is no 'iam ${settings.argument(0)}'; there is 'iam explain'`);
    }
    const question: Question = {
      principal: settings.argument(1),
      action: settings.argument(2),
      resource: settings.argument(3),
    };
    const client = signedClient(settings, environment);
    const answer = await client.query('iam', 'SimulatePrincipalPolicy', {
      PolicySourceArn: question.principal,
      'ActionNames.member.1': question.action,
      'ResourceArns.member.1': question.resource,
      ...contextParameters(settings.all('context')),
    });
    const { allowed, lines } = explained(question, answer);
    for (const line of lines) print(line);
    return allowed ? 0 : 1;
  },
};

/** Values of one key, given more than once, belong together. */
function contextParameters(given: readonly string[]): Record<string, string> {
  const byKey = new Map<string, string[]>();
  for (const text of given) {
    const mark = text.indexOf('=');
    if (mark < 1) throw new InvalidArgument(`--context is '${text}', which is not KEY=VALUE`);
    const [key, value] = [text.slice(0, mark), text.slice(mark + 1)];
    byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  const parameters: Record<string, string> = {};
  for (const [index, [key, values]] of [...byKey].entries()) {
    const member = `ContextEntries.member.${index + 1}`;
    parameters[`${member}.ContextKeyName`] = key;
    parameters[`${member}.ContextKeyType`] = values.length === 1 ? 'string' : 'stringList';
    for (const [at, value] of values.entries()) parameters[`${member}.ContextKeyValues.member.${at + 1}`] = value;
  }
  return parameters;
}
