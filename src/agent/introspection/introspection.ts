import type { TaskRunner } from '../tasks/task-runner.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import { containerDocument } from '../metadata/task-document.ts';
import { agentHash, agentVersion } from '../version.ts';

export interface IntrospectionAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface IntrospectionRooms {
  readonly table: TaskTable;
  readonly cluster: string;
  readonly containerInstanceArn: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Docker's short ids have 12 digits; fewer would name too many. */
const shortestDockerId = 12;
/** What is said of a task that is not here. */
const noTask: Json = { Arn: '', DesiredStatus: '', KnownStatus: '', Family: '', Version: '', Containers: null };
const commands: Json = { AvailableCommands: ['/v1/metadata', '/v1/tasks'] };
/** Of the container's metadata (version 2) what introspection shows. */
const containerFields = [
  'DockerId',
  'DockerName',
  'Name',
  'Image',
  'ImageID',
  'CreatedAt',
  'StartedAt',
  'Ports',
  'Networks',
  'Volumes',
];

/**
 * The agent's own API on the machine it runs on.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-introspection.html
 * @param url path and query, such as `/v1/tasks?dockerid=79c796ed2a7f`
 */
export async function introspect(rooms: IntrospectionRooms, url: URL): Promise<IntrospectionAnswer> {
  if (url.pathname === '/v1/metadata') {
    const Version = `Longshore Agent - v${agentVersion} (${agentHash})`;
    const { cluster: Cluster, containerInstanceArn: ContainerInstanceArn } = rooms;
    return { status: 200, body: { Cluster, ContainerInstanceArn, Version } };
  }
  if (url.pathname !== '/v1/tasks') return { status: 200, body: commands };
  const [taskArn, dockerId] = [url.searchParams.get('taskarn'), url.searchParams.get('dockerid')];
  if (taskArn !== null && dockerId !== null) return { status: 400, body: noTask };
  if (taskArn === null && dockerId === null) return { status: 200, body: await allTasks(rooms.table) };
  const found = taskArn === null ? byDockerId(rooms.table, dockerId ?? '') : [rooms.table.get(taskArn)];
  const [runner, ...more] = found;
  if (more.length > 0) return { status: 400, body: noTask };
  return runner === undefined ? { status: 404, body: noTask } : { status: 200, body: await taskOf(runner) };
}

/** One task after the other: a machine full of tasks must not ask the engine for all of them at once. */
async function allTasks(table: TaskTable): Promise<Json> {
  const Tasks: Json[] = [];
  for (const runner of table.all()) Tasks.push(await taskOf(runner));
  return { Tasks };
}

/** The tasks with a container of this id, or of an id that begins with it. */
function byDockerId(table: TaskTable, id: string): readonly TaskRunner[] {
  if (id.length < shortestDockerId) return [];
  return table.all().filter(({ state }) => state.containers.some(({ dockerId }) => dockerId?.startsWith(id)));
}

async function taskOf(runner: TaskRunner): Promise<Json> {
  const { payload, state } = runner;
  const made = state.containers.filter(({ dockerId }) => dockerId !== undefined);
  return {
    Arn: payload.arn,
    DesiredStatus: state.desired,
    KnownStatus: state.known,
    Family: payload.family,
    Version: payload.version,
    Containers: await Promise.all(made.map(({ name }) => containerOf(runner, name))),
  };
}

async function containerOf(runner: TaskRunner, name: string): Promise<Json> {
  const document = await containerDocument(runner, name, 2);
  return Object.fromEntries(containerFields.flatMap((field) => (field in document ? [[field, document[field]]] : [])));
}
