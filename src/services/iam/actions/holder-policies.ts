import { ApiError, type Handler } from '../../../protocol/api/index.ts';
import { changed, needed, presentRows, readDocument, type IamDeps, type Kind } from '../core.ts';
import { noSuchEntity, quotaExceeded } from '../errors.ts';
import { usedPolicy } from '../holders.ts';
import { quotas } from '../limits.ts';
import { managedPolicies } from '../managed/managed-policies.ts';
import { pageOfList, type PageInput } from '../pages.ts';
import type { Holder } from '../records/entities.ts';
import { attachedPolicy, encodedDocument } from '../shown.ts';

/** What policies hang on, as an input names it. */
export interface HolderWords<Row extends Holder, Named extends object> {
  readonly kind: Kind<Row>;
  readonly word: 'user' | 'group' | 'role';
  readonly quota: 'PoliciesPerUser' | 'PoliciesPerGroup' | 'PoliciesPerRole';
  nameIn(input: Named): string;
  named(name: string): Named;
}

type WithPolicy = { readonly PolicyName: string };
type WithArn = { readonly PolicyArn: string };
interface Page {
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

/** The four actions on the inline policies of a user, group or role. */
export function inlinePolicies<Row extends Holder, Named extends object>(
  { db }: IamDeps,
  words: HolderWords<Row, Named>,
): {
  readonly put: Handler<Named & WithPolicy & { readonly PolicyDocument: string }, object>;
  readonly get: Handler<Named & WithPolicy, Named & WithPolicy & { readonly PolicyDocument: string }>;
  readonly remove: Handler<Named & WithPolicy, object>;
  readonly list: Handler<Named & PageInput, { readonly PolicyNames: readonly string[] } & Page>;
} {
  const { kind, word, nameIn } = words;
  const missing = (name: string) => noSuchEntity(`The ${word} policy with name ${name} cannot be found.`);
  return {
    async put(input, { account }) {
      const { PolicyName: name, PolicyDocument: document } = input;
      await db.transact((tx) =>
        changed(tx, kind, [account, nameIn(input)], (row) => {
          const inline = [...row.inline.filter((one) => one.name !== name), { name, document }];
          const texts = inline.map((one) => one.document);
          readDocument(document, 'inline', { of: word, name: row.name }, texts);
          return { ...row, inline };
        }),
      );
      return {};
    },
    get(input, { account }) {
      const row = needed(presentRows(db), kind, account, nameIn(input));
      const policy = row.inline.find(({ name }) => name === input.PolicyName);
      if (policy === undefined) throw missing(input.PolicyName);
      return {
        ...words.named(row.name),
        PolicyName: policy.name,
        PolicyDocument: encodedDocument(policy.document),
      };
    },
    async remove(input, { account }) {
      await db.transact((tx) =>
        changed(tx, kind, [account, nameIn(input)], (row) => {
          const inline = row.inline.filter(({ name }) => name !== input.PolicyName);
          if (inline.length === row.inline.length) throw missing(input.PolicyName);
          return { ...row, inline };
        }),
      );
      return {};
    },
    list(input, { account }) {
      const { inline } = needed(presentRows(db), kind, account, nameIn(input));
      const { items, rest } = pageOfList(inline, ({ name }) => name, input);
      return { PolicyNames: items.map(({ name }) => name), ...rest };
    },
  };
}

/** The three actions on the managed policies that hang on a user, group or role. */
export function attachedPolicies<Row extends Holder, Named extends object>(
  { db }: IamDeps,
  words: HolderWords<Row, Named>,
): {
  readonly attach: Handler<Named & WithArn, object>;
  readonly detach: Handler<Named & WithArn, object>;
  readonly listAttached: Handler<
    Named & PageInput,
    { readonly AttachedPolicies: readonly { PolicyName: string; PolicyArn: string }[] } & Page
  >;
} {
  const { kind, nameIn } = words;
  return {
    async attach(input, { account }) {
      await db.transact((tx) => attached(tx, input.PolicyArn, { account, words, name: nameIn(input) }));
      return {};
    },
    async detach(input, { account }) {
      await db.transact((tx) =>
        changed(tx, kind, [account, nameIn(input)], (row) => {
          const attached = row.attached.filter((arn) => arn !== input.PolicyArn);
          if (attached.length === row.attached.length) {
            throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
          }
          return { ...row, attached };
        }),
      );
      return {};
    },
    listAttached(input, { account }) {
      const { attached } = needed(presentRows(db), kind, account, nameIn(input));
      const { PathPrefix: prefix = '/' } = input;
      const under = attached.filter((arn) => arn.slice(arn.indexOf(':policy/') + ':policy'.length).startsWith(prefix));
      const { items, rest } = pageOfList(under, (arn) => arn, input);
      return { AttachedPolicies: items.map(attachedPolicy), ...rest };
    },
  };
}

function attached<Row extends Holder, Named extends object>(
  tx: Parameters<typeof usedPolicy>[0],
  arn: string,
  { account, words, name }: { account: string; words: HolderWords<Row, Named>; name: string },
): void {
  changed(tx, words.kind, [account, name], (row) => {
    usedPolicy(tx, account, arn);
    if (managedPolicies.get(arn)?.path === '/aws-service-role/') {
      const message = 'Cannot attach a Service Role Policy to a Customer Role.';
      throw new ApiError('PolicyNotAttachableException', message);
    }
    if (row.attached.includes(arn)) return row;
    if (row.attached.length >= quotas.attachedPolicies) throw quotaExceeded(words.quota, quotas.attachedPolicies);
    return { ...row, attached: [...row.attached, arn] };
  });
}
