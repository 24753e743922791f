import { messageOf } from '../../kernel/index.ts';
import { ApiError } from '../session/api-client.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import type { MetadataAnswer, MetadataRequest, MetadataRooms } from './routes.ts';

/**
 * A task reads or sets its own protection against scale-in, with its own role.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export async function taskProtection(
  rooms: MetadataRooms,
  runner: TaskRunner,
  request: MetadataRequest,
): Promise<MetadataAnswer> {
  const failed = (status: number, Code: string, Message: string): MetadataAnswer => {
    return { status, body: { error: { Arn: runner.arn, Code, Message } } };
  };
  if (request.method !== 'GET' && request.method !== 'PUT')
    return { status: 405, body: 'only GET and PUT are answered here' };
  const wanted = request.method === 'PUT' ? readWanted(request.body) : {};
  if (wanted === undefined)
    return failed(
      400,
      'InvalidParameterException',
      'TaskProtection: the body must hold ProtectionEnabled, and may hold ExpiresInMinutes',
    );
  const id = runner.record.credentialIds.task;
  const credentials = id === undefined ? undefined : rooms.credentials.get(id)?.credentials;
  if (credentials === undefined)
    return failed(403, 'AccessDeniedException', 'Invalid Request: no task IAM role credentials available for task');
  const action = request.method === 'GET' ? 'GetTaskProtection' : 'UpdateTaskProtection';
  const input = { cluster: runner.payload.taskClusterArn, tasks: [runner.arn], ...wanted };
  try {
    const region = runner.payload.longshore?.region ?? rooms.region;
    const answer = await rooms.api.protection(action, input, { credentials, region });
    const [protection] = (answer['protectedTasks'] ?? []) as readonly Record<string, unknown>[];
    if (protection !== undefined) return { status: 200, body: { protection: capitalise(protection) } };
    const [failure] = (answer['failures'] ?? []) as readonly Record<string, unknown>[];
    if (failure !== undefined) return { status: 200, body: { failure: capitalise(failure) } };
    return failed(500, 'ServerException', 'Unexpected error occurred');
  } catch (error) {
    if (error instanceof ApiError) return failed(error.status, error.code, error.message);
    return failed(504, 'RequestCanceled', `Timed out calling ECS Task Protection API: ${messageOf(error)}`);
  }
}

function readWanted(body: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { ProtectionEnabled, ExpiresInMinutes, ...others } = value as Record<string, unknown>;
  if (typeof ProtectionEnabled !== 'boolean' || Object.keys(others).length > 0) return undefined;
  if (ExpiresInMinutes !== undefined && ExpiresInMinutes !== null && !Number.isInteger(ExpiresInMinutes))
    return undefined;
  return {
    protectionEnabled: ProtectionEnabled,
    ...(ExpiresInMinutes === undefined || ExpiresInMinutes === null ? {} : { expiresInMinutes: ExpiresInMinutes }),
  };
}

/** The inner objects have the SDK's capitalised names; dates are text. */
function capitalise(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      name === 'expirationDate' && typeof value === 'number' ? new Date(value * 1000).toISOString() : value,
    ]),
  );
}
