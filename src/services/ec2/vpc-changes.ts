import type { Database } from '../../store/index.ts';
import { vpcs } from './records/vpc.ts';

/** VPCs of all accounts that users made or changed, for those who answer their names. */
export interface VpcChanges {
  keys(): Iterable<string>;
  vpc(
    key: string,
  ):
    | { readonly id: string; readonly region: string; readonly cidrs: readonly string[]; readonly answers: boolean }
    | undefined;
  /** Calls back with the key of each that comes, changes or goes. @returns how to stop */
  onChange(listener: (key: string) => void): () => void;
}

export function vpcChanges(database: Database): VpcChanges {
  const table = database.table(vpcs);
  return {
    *keys() {
      for (const scope of table.values('scope')) yield* table.keys('scope', scope);
    },
    vpc(key) {
      const row = table.get(key)?.row;
      if (row === undefined) return undefined;
      const { id, region, cidrs, enableDnsSupport } = row;
      return { id, region, cidrs: cidrs.map(({ cidr }) => cidr), answers: enableDnsSupport };
    },
    onChange: (listener) => table.onChange(({ key }) => listener(key)),
  };
}
