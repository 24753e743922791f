import type { CredentialsStore } from '../session/credentials-store.ts';
import type { EcsApi } from '../session/ecs-api.ts';
import { primaryAddress } from '../hooks/interfaces.ts';
import { messageOf } from '../../kernel/index.ts';
import { taskAt } from '../calls/call-way-source.ts';
import { containerOf } from '../engine/index.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { MetadataVersion } from './task-document.ts';
import { containerDocument, taskDocument } from './task-document.ts';
import { taskProtection } from './task-protection.ts';

export interface MetadataRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Address the request came from. */
  readonly source: string;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface MetadataRooms {
  readonly table: TaskTable;
  readonly credentials: CredentialsStore;
  readonly api: EcsApi;
  readonly region: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone?: string;
}

/**
 * Answers one request. @returns undefined when the id or address belongs to no task of this agent: another agent of the machine may know it
 */
export async function answerMetadata(
  rooms: MetadataRooms,
  request: MetadataRequest,
): Promise<MetadataAnswer | undefined> {
  const parts = request.path.split('/').filter((part) => part !== '');
  const [first = '', second = '', ...rest] = parts;
  if (first === 'v1' && second === 'credentials') return credentials(rooms, request, request.query.get('id') ?? '');
  if (first === 'v2' && second === 'credentials') return credentials(rooms, request, rest[0] ?? '');
  if (first === 'v2') return versionTwo(rooms, request, [second, ...rest]);
  if (first !== 'v3' && first !== 'v4' && first !== 'api') return { status: 404, body: '404 page not found' };
  const found = rooms.table.byEndpointId(second);
  if (found === undefined || !mayAsk(found.runner, request.source)) return undefined;
  if (first === 'api') return agentApi(rooms, found.runner, { request, path: rest.join('/') });
  if (request.method !== 'GET') return { status: 405, body: 'only GET is answered here' };
  return byContainer(rooms, found, { version: first === 'v4' ? 4 : 3, path: rest });
}

/** A task with an address of its own must ask from it: an id that leaked into another task is worth nothing. */
function mayAsk(runner: TaskRunner, source: string): boolean {
  const eni = runner.payload.elasticNetworkInterfaces?.[0];
  return runner.payload.networkMode !== 'awsvpc' || eni === undefined || source === primaryAddress(eni);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
function credentials(rooms: MetadataRooms, request: MetadataRequest, id: string): MetadataAnswer | undefined {
  const failed = (status: number, code: string, message: string): MetadataAnswer => {
    return { status, body: { code, message: `CredentialsV2Request: ${message}`, HTTPErrorCode: status } };
  };
  if (id === '') return failed(400, 'NoIdInRequest', 'No Credential ID in the request');
  const stored = rooms.credentials.get(id);
  if (stored === undefined) return undefined;
  const runner = rooms.table.get(stored.taskArn);
  // The execution role is the agent's to use, not the containers'.
  if (stored.roleType === 'TaskExecution' || (runner !== undefined && !mayAsk(runner, request.source)))
    return failed(400, 'InvalidIdInRequest', 'Credentials not found');
  if (stored.credentials === undefined)
    return failed(503, 'CredentialsUninitialized', 'Credentials uninitialized for ID');
  const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = stored.credentials;
  return {
    status: 200,
    body: {
      RoleArn: roleArn,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration,
    },
  };
}

export const unknownCredentials: MetadataAnswer = {
  status: 400,
  body: {
    code: 'InvalidIdInRequest',
    message: 'CredentialsV2Request: Credentials not found',
    HTTPErrorCode: 400,
  },
};

interface Found {
  readonly runner: TaskRunner;
  readonly container: string;
}

async function byContainer(
  rooms: MetadataRooms,
  { runner, container }: Found,
  how: { readonly version: MetadataVersion; readonly path: readonly string[] },
): Promise<MetadataAnswer> {
  const { version, path } = how;
  switch (path.join('/')) {
    case '':
      return { status: 200, body: await containerDocument(runner, container, version) };
    case 'task':
      return { status: 200, body: await taskDocument(runner, version, rooms.availabilityZone) };
    case 'taskWithTags':
      return { status: 200, body: await withTags(rooms, runner, version) };
    case 'stats':
      return statsAnswer(runner, container, version);
    case 'task/stats':
      return { status: 200, body: await taskStats(runner) };
  }
  if (path[0] === 'associations')
    return path.length === 2
      ? { status: 200, body: { Associations: null } }
      : { status: 404, body: 'no such association' };
  return { status: 404, body: '404 page not found' };
}

/** v2 knows its task by the address it asks from: awsvpc only. */
async function versionTwo(
  rooms: MetadataRooms,
  request: MetadataRequest,
  path: readonly string[],
): Promise<MetadataAnswer | undefined> {
  const runner = taskAt(rooms.table, request.source);
  if (runner === undefined) return undefined;
  const [kind = '', dockerId] = path;
  const container = runner.state.containers.find((state) => state.dockerId === dockerId)?.name;
  if (dockerId !== undefined && container === undefined)
    return { status: 400, body: `unable to find the container '${dockerId}' in the task` };
  if (kind === 'metadata')
    return {
      status: 200,
      body:
        container === undefined
          ? await taskDocument(runner, 2, rooms.availabilityZone)
          : await containerDocument(runner, container, 2),
    };
  if (kind === 'metadataWithTags') return { status: 200, body: await withTags(rooms, runner, 2) };
  if (kind === 'stats')
    return container === undefined ? { status: 200, body: await taskStats(runner) } : statsAnswer(runner, container, 2);
  return { status: 404, body: '404 page not found' };
}

async function withTags(rooms: MetadataRooms, runner: TaskRunner, version: MetadataVersion): Promise<unknown> {
  const errors: unknown[] = [];
  const tagsOf = async (field: string, arn: string): Promise<Readonly<Record<string, unknown>>> => {
    try {
      const tags = await rooms.api.listTagsForResource(arn);
      return tags.length === 0 ? {} : { [field]: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
    } catch (error) {
      errors.push({ ErrorField: field, ErrorMessage: messageOf(error), ResourceARN: arn });
      return {};
    }
  };
  const document = await taskDocument(runner, version, rooms.availabilityZone);
  const task = await tagsOf('TaskTags', runner.arn);
  const instance = await tagsOf('ContainerInstanceTags', rooms.containerInstanceArn);
  return { ...document, ...instance, ...task, ...(errors.length === 0 ? {} : { Errors: errors }) };
}

async function statsAnswer(runner: TaskRunner, container: string, version: MetadataVersion): Promise<MetadataAnswer> {
  const dockerId = containerOf(runner.state, container)?.dockerId;
  const stats = dockerId === undefined ? undefined : await runner.parts.runtime.stats(dockerId);
  if (stats === undefined) return { status: version === 4 ? 404 : 400, body: `no stats for container '${container}'` };
  return { status: 200, body: stats.raw };
}

async function taskStats(runner: TaskRunner): Promise<Readonly<Record<string, unknown>>> {
  const entries = await Promise.all(
    runner.state.containers.flatMap(({ dockerId, known }) =>
      dockerId === undefined
        ? []
        : [
            (async (): Promise<readonly [string, unknown]> => {
              const stats = known === 'RUNNING' ? await runner.parts.runtime.stats(dockerId) : undefined;
              return [dockerId, stats?.raw ?? null];
            })(),
          ],
    ),
  );
  return Object.fromEntries(entries);
}

async function agentApi(
  rooms: MetadataRooms,
  runner: TaskRunner,
  asked: { readonly request: MetadataRequest; readonly path: string },
): Promise<MetadataAnswer> {
  if (asked.path === 'task-protection/v1/state') return taskProtection(rooms, runner, asked.request);
  if (asked.path.startsWith('fault/v1/'))
    return { status: 400, body: { Error: 'fault injection is not implemented by Longshore' } };
  return { status: 404, body: '404 page not found' };
}
