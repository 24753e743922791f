import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';
import { presentRows, type Rows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { describedRevision } from '../services/described-deployment.ts';
import { present } from '../tasks/new-task.ts';
import { findServiceRevision } from '../services/find-service-deployment.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html */
const maxRevisions = 20;

export function describeServiceRevisions({ db }: ServiceDeps): EcsHandler<'DescribeServiceRevisions'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const arns = input.serviceRevisionArns;
    if (arns.length === 0) throw invalidParameter('serviceRevisionArns cannot be empty.');
    if (arns.length > maxRevisions)
      throw invalidParameter(`serviceRevisionArns can have at most ${maxRevisions} items.`);
    const found = arns.map((arn) => ({ arn, row: findServiceRevision(rows, scope, arn) }));
    return {
      serviceRevisions: found.flatMap(({ row }) =>
        row === undefined ? [] : [describedRevision(row, imagesOf(rows, row))],
      ),
      failures: found.flatMap(({ row, arn }) => (row === undefined ? [{ arn, reason: 'MISSING' }] : [])),
    };
  };
}

/** Images as the task definition names them, and what they were when the first task pulled them. */
function imagesOf(rows: Rows, row: ServiceRevisionRecord) {
  const definition = rows.get(taskDefinitions, taskDefinitionKey(row, row.family, row.revision));
  return (definition?.definition.containerDefinitions ?? []).map(({ name = '', image = '' }) => ({
    containerName: name,
    image,
    ...present({ imageDigest: row.imageDigests?.[name] }),
  }));
}
