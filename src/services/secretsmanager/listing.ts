import type { Filter, ListSecretsRequest } from '../../protocol/generated/secretsmanager.ts';
import type { Database } from '../../store/index.ts';
import { invalidParameter, invalidToken } from './errors.ts';
import { maxPageSize, maxSecrets } from './limits.ts';
import { scopeText, secrets, type Scope, type SecretRecord } from './records/secret.ts';

type Listing = Pick<
  ListSecretsRequest,
  'Filters' | 'IncludePlannedDeletion' | 'MaxResults' | 'NextToken' | 'SortBy' | 'SortOrder'
>;
type Test = (row: SecretRecord) => boolean;

/** Secrets of an account and Region that pass all filters, sorted, page by page. @throws InvalidParameterException, InvalidNextTokenException */
export function listedSecrets(
  db: Database,
  scope: Scope,
  asked: Listing,
): { readonly rows: readonly SecretRecord[]; readonly next?: string } {
  const tests = (asked.Filters ?? []).map(compiled);
  const sortOf = sortValue(asked.SortBy ?? 'created-date');
  const direction = asked.SortOrder === 'desc' ? -1 : 1;
  const place = (row: SecretRecord): string => `${sortOf(row)}|${row.name}`;
  const compare = (left: string, right: string): number => (left === right ? 0 : (left < right ? -1 : 1) * direction);
  const { rows: all } = db.table(secrets).page('scope', scopeText(scope), { limit: maxSecrets });
  const after = asked.NextToken;
  if (after !== undefined && !after.includes('|')) throw invalidToken();
  const matching = all
    .map(({ row }) => row)
    .filter((row) => asked.IncludePlannedDeletion === true || row.deletedAtMs === undefined)
    .filter((row) => tests.every((test) => test(row)))
    .sort((left, right) => compare(place(left), place(right)))
    .filter((row) => after === undefined || compare(place(row), after) > 0);
  const rows = matching.slice(0, asked.MaxResults ?? maxPageSize);
  const last = rows.at(-1);
  return { rows, ...(last === undefined || matching.length === rows.length ? {} : { next: place(last) }) };
}

function sortValue(by: NonNullable<Listing['SortBy']>): (row: SecretRecord) => string {
  const padded = (ms: number | undefined): string => String(ms ?? 0).padStart(15, '0');
  switch (by) {
    case 'name':
      return ({ name }) => name;
    case 'created-date':
      return ({ createdAtMs }) => padded(createdAtMs);
    case 'last-changed-date':
      return ({ changedAtMs }) => padded(changedAtMs);
    case 'last-accessed-date':
      return ({ accessedAtMs }) => padded(accessedAtMs);
  }
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
function compiled({ Key: key, Values: values = [] }: Filter): Test {
  if (key === undefined || values.length === 0)
    throw invalidParameter('A filter needs a Key and at least one of Values');
  const texts = textsOf(key);
  const folds = key === 'description' || key === 'all';
  const fold = (text: string): string => (folds ? text.toLowerCase() : text);
  const tests = values.map((value): Test => {
    const negated = value.startsWith('!');
    const wanted = fold(negated ? value.slice(1) : value);
    const words = folds ? wanted.split(/\s+/).filter((word) => word !== '') : [wanted];
    const holds: Test = (row) =>
      words.every((word) => texts(row).some((text) => pieces(fold(text), folds).some((one) => one.startsWith(word))));
    return negated ? (row) => !holds(row) : holds;
  });
  return (row) => tests.some((test) => test(row));
}

/** What a value is compared with the beginning of: the whole text, or each of its words. */
function pieces(text: string, words: boolean): readonly string[] {
  return words ? [text, ...text.split(/[\s/_+=.@-]+/)] : [text];
}

function textsOf(key: NonNullable<Filter['Key']>): (row: SecretRecord) => readonly string[] {
  switch (key) {
    case 'name':
      return ({ name }) => [name];
    case 'description':
      return ({ description }) => (description === undefined ? [] : [description]);
    case 'tag-key':
      return ({ tags }) => tags.map((tag) => tag.key);
    case 'tag-value':
      return ({ tags }) => tags.map((tag) => tag.value);
    case 'all':
      return ({ name, description, tags }) => [
        name,
        ...(description === undefined ? [] : [description]),
        ...tags.flatMap((tag) => [tag.key, tag.value]),
      ];
    // No secret here is a replica, or managed by another service.
    case 'primary-region':
    case 'owning-service':
      return () => [];
  }
}
