import { ApiError } from '../../../protocol/api/index.ts';
import { openedRegistry, registryOf, type EcrCore, type EcrHandler, type Input } from '../core.ts';
import { describedRepository, endpointHost } from '../described.ts';
import { invalidParameter, limitExceeded, notImplemented, repositoryExists } from '../errors.ts';
import { maxRepositories } from '../limits.ts';
import { repositories, repositoryKey, scopeText, type RepositoryRecord } from '../records/repository.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
export function createRepository(core: EcrCore): EcrHandler<'CreateRepository'> {
  return async (input, context) => {
    const { repositoryName: name } = input;
    const scope = openedRegistry(core, context, {
      action: 'ecr:CreateRepository',
      scope: registryOf(context, input.registryId),
      name,
    });
    checkOptions(input);
    const mutability = checkedMutability(input);
    const tags = addedTags([], input.tags);
    const key = repositoryKey(scope, name);
    const { result } = await core.db.transact((tx) => {
      if (tx.get(repositories, key) !== undefined) throw repositoryExists({ account: scope.account, name });
      if (core.db.table(repositories).count('scope', scopeText(scope)) >= maxRepositories) {
        throw limitExceeded(`A registry can have at most ${maxRepositories} repositories`);
      }
      const row: RepositoryRecord = {
        ...scope,
        name,
        id: core.ids.uuid(),
        createdAtMs: core.clock.nowMs(),
        ...mutability,
        tags,
        changes: 0,
      };
      tx.create(repositories, key, row);
      return row;
    });
    return { repository: describedRepository(result, endpointHost(context)) };
  };
}

/** Nothing is accepted that would not be true. */
function checkOptions({ imageScanningConfiguration, encryptionConfiguration }: Input<'CreateRepository'>): void {
  if (imageScanningConfiguration?.scanOnPush === true) throw notImplemented('Scanning of images (scanOnPush)');
  if (encryptionConfiguration !== undefined && encryptionConfiguration.encryptionType !== 'AES256') {
    throw notImplemented(`Encryption with ${encryptionConfiguration.encryptionType}`);
  }
}

const mostFilters = 5;
const mostWildcards = 2;

/** Whether tags may move, and which are excepted. @throws InvalidParameterException */
export function checkedMutability(
  given: Pick<Input<'CreateRepository'>, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'>,
): Pick<RepositoryRecord, 'mutability' | 'exclusions'> {
  const { imageTagMutability: mutability = 'MUTABLE', imageTagMutabilityExclusionFilters: filters = [] } = given;
  const needsFilters = mutability.endsWith('_WITH_EXCLUSION');
  if (needsFilters !== filters.length > 0) {
    throw invalidParameter(
      `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'must ${needsFilters ? '' : 'not '}be given with imageTagMutability ${mutability}'`,
    );
  }
  if (filters.length > mostFilters) {
    throw invalidParameter(
      `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'must have at most ${mostFilters} filters'`,
    );
  }
  for (const { filter } of filters) {
    if (!/^[0-9a-zA-Z._*-]{1,128}$/.test(filter) || filter.split('*').length - 1 > mostWildcards) {
      throw new ApiError(
        'InvalidParameterException',
        `Invalid parameter at 'filter' failed to satisfy constraint: '${filter.slice(0, 128)}' is no pattern of tags with at most ${mostWildcards} wildcards'`,
      );
    }
  }
  return { mutability, exclusions: filters.map(({ filter }) => filter) };
}
