import type { Handler } from '../../../protocol/api/index.ts';
import { changed, type IamDeps, type Kind } from '../core.ts';
import { checkedBoundary } from '../holders.ts';
import type { RoleRecord, UserRecord } from '../records/entities.ts';

/** The two actions on the permissions boundary of a kind of entity: Put…PermissionsBoundary, Delete…PermissionsBoundary. */
export function boundaries<Row extends RoleRecord | UserRecord, Named extends object>(
  { db }: IamDeps,
  { kind, nameIn }: { readonly kind: Kind<Row>; nameIn(input: Named): string },
): {
  readonly put: Handler<Named & { readonly PermissionsBoundary: string }, object>;
  readonly remove: Handler<Named, object>;
} {
  return {
    async put(input, { account }) {
      const { PermissionsBoundary: boundary } = input;
      await db.transact((tx) => {
        checkedBoundary(tx, account, boundary);
        changed(tx, kind, [account, nameIn(input)], (row) => ({ ...row, boundary }));
      });
      return {};
    },
    async remove(input, { account }) {
      await db.transact((tx) =>
        changed(tx, kind, [account, nameIn(input)], ({ boundary: _gone, ...row }) => row as Row),
      );
      return {};
    },
  };
}
