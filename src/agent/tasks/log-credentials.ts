import type { PayloadContainer } from '../../agent-protocol/index.ts';
import { Unavailable } from '../../kernel/index.ts';
import { definitionOf } from '../engine/index.ts';
import type { LogOwner } from '../logs/container-logs.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import type { TaskRunner } from './task-runner.ts';

/**
 * What signs the log requests of a container: the execution role's credentials when the control plane says so, else the agent's own.
 * @returns a function that throws Unavailable while the role's credentials have not arrived (after a restart, say)
 */
function logCredentials(runner: TaskRunner, container: PayloadContainer): () => AwsCredentials | undefined {
  const id = runner.record.credentialIds.execution;
  if (container.logsAuthStrategy !== 'ExecutionRole' || id === undefined) return () => undefined;
  return () => {
    const stored = runner.parts.credentials.get(id)?.credentials;
    if (stored === undefined) throw new Unavailable("the execution role's credentials have not arrived yet");
    return stored;
  };
}

/** A container as the log shippers know it. */
export function logOwner(runner: TaskRunner, name: string): LogOwner {
  const container = definitionOf(runner.state, name);
  return { task: runner.payload, container, credentials: logCredentials(runner, container) };
}
