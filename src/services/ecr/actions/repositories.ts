import {
  actedOn,
  neededRepository,
  openedRegistry,
  pageOf,
  presentRows,
  registryOf,
  type EcrCore,
  type EcrHandler,
} from '../core.ts';
import { describedMutability, describedRepository, endpointHost } from '../described.ts';
import { repositoryNotEmpty } from '../errors.ts';
import { images } from '../records/image.ts';
import { repositories, repositoryKey, scopeText } from '../records/repository.ts';
import { checkedMutability } from './create-repository.ts';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html */
export function describeRepositories(core: EcrCore): EcrHandler<'DescribeRepositories'> {
  return (input, context) => {
    const host = endpointHost(context);
    const scope = registryOf(context, input.registryId);
    const action = 'ecr:DescribeRepositories';
    if (input.repositoryNames !== undefined) {
      const rows = input.repositoryNames.map((name) =>
        neededRepository(presentRows(core.db), openedRegistry(core, context, { action, scope, name }), name),
      );
      return { repositories: rows.map((row) => describedRepository(row, host)) };
    }
    openedRegistry(core, context, { action, scope, name: '*' });
    const page = pageOf((request) => core.db.table(repositories).page('scope', scopeText(scope), request), input);
    return {
      repositories: page.rows.map(({ row }) => describedRepository(row, host)),
      ...(page.next === undefined ? {} : { nextToken: page.next }),
    };
  };
}

/** What the repository held is not seen from now on, and freed in the background. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html */
export function deleteRepository(core: EcrCore): EcrHandler<'DeleteRepository'> {
  return async (input, context) => {
    const repository = actedOn(core, context, 'ecr:DeleteRepository', input);
    const { result } = await core.turns.take(repository.id, () =>
      core.db.transact((tx) => {
        const row = neededRepository(tx, repository, repository.name);
        if (input.force !== true && core.db.table(images).count('repository', row.id) > 0)
          throw repositoryNotEmpty(row);
        tx.delete(repositories, repositoryKey(row, row.name));
        return row;
      }),
    );
    return { repository: describedRepository(result, endpointHost(context)) };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html */
export function putImageTagMutability(core: EcrCore): EcrHandler<'PutImageTagMutability'> {
  return async (input, context) => {
    const { account, region, name } = actedOn(core, context, 'ecr:PutImageTagMutability', input);
    const mutability = checkedMutability(input);
    const { result } = await core.db.transact((tx) => {
      const row = { ...neededRepository(tx, { account, region }, name), ...mutability };
      tx.put(repositories, repositoryKey(row, name), row);
      return row;
    });
    return { registryId: account, repositoryName: name, ...describedMutability(result) };
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html */
export function describeRegistry(): EcrHandler<'DescribeRegistry'> {
  return (_input, context) => ({ registryId: context.account, replicationConfiguration: { rules: [] } });
}
