import { parseArn } from '../../../kernel/index.ts';
import { describedInstance } from '../container-instances/described.ts';
import { newInstance, readRegistration, reRegistered } from '../container-instances/registration.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clientException, clusterNotFound } from '../errors.ts';
import {
  containerInstanceArn,
  containerInstanceKey,
  containerInstances,
  type ContainerInstanceRecord,
} from '../records/container-instance.ts';
import { fargatePoolCluster, platformAccount, type Scope } from '../records/scope.ts';
import { activeCluster, clusterNameOf, presentRows, type Rows } from '../references.ts';
import { rememberToken, resourcesOfToken, type TokenUse } from '../idempotency.ts';
import type { Transaction } from '../../../store/index.ts';
import type { AgentConnections } from '../agent-gateway/connections.ts';
import { instanceInUse } from '../agent-gateway/instance-in-use.ts';
import { managedNodeOf } from '../container-instances/managed-node.ts';
import type { ManagedNodes } from '../ports.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

/** The cluster an agent joins. That of the hidden pool is there without having been created, for the platform's agents only. */
export function joinedCluster(rows: Rows, scope: Scope, reference: string | undefined): string {
  if (scope.account !== platformAccount) return activeCluster(rows, scope, reference).name;
  const name = clusterNameOf(scope, reference);
  if (name !== fargatePoolCluster) throw clusterNotFound();
  return name;
}

const typeAttribute = 'ecs.instance-type';

function instanceType(attributes: ContainerInstanceRecord['attributes']): string | undefined {
  return attributes.find(({ name }) => name === typeAttribute)?.value;
}

/** The instance that an earlier request with this token registered, and whose answer the agent may not have heard. */
function registeredBefore(tx: Transaction, use: TokenUse | undefined): string | undefined {
  return use === undefined ? undefined : resourcesOfToken(tx, use)?.[0];
}

function livingInstance(
  tx: Transaction,
  key: string | undefined,
): { readonly key: string; readonly row: ContainerInstanceRecord } | undefined {
  const row = key === undefined ? undefined : tx.get(containerInstances, key);
  return key === undefined || row === undefined || row.status === 'INACTIVE' ? undefined : { key, row };
}

/** The instance saved may be gone and its successor's answer lost: then the token knows the successor. */
function knownInstance(
  tx: Transaction,
  scope: Scope,
  by: { readonly cluster: string; readonly savedId: string | undefined; readonly use: TokenUse | undefined },
): ReturnType<typeof livingInstance> {
  const { cluster, savedId, use } = by;
  const saved = savedId === undefined ? undefined : livingInstance(tx, containerInstanceKey(scope, cluster, savedId));
  return saved ?? livingInstance(tx, registeredBefore(tx, use));
}

/** An agent whose identity another one uses right now would take its place and report its tasks as lost. @throws InstanceInUseException */
async function refuseSecond(connections: RegistrationDeps['connections'], key: string | undefined): Promise<void> {
  const present = key === undefined ? undefined : connections.agent(key);
  if (key !== undefined && present !== undefined && (await connections.answers(key))) throw instanceInUse(present);
}

type RegistrationDeps = Pick<TaskDeps, 'db' | 'ids' | 'ledger'> & {
  readonly connections: Pick<AgentConnections, 'agent' | 'answers'>;
  readonly managedNodes: ManagedNodes;
};

/**
 * A machine joins a cluster, or joins it again: under the ARN it saved, else under the token it kept since a request of which it heard no
 * answer. One that was deregistered becomes a new instance.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterContainerInstance.html
 * @throws ClientException when a machine comes back as another instance type
 */
export function registerContainerInstance({
  db,
  ids,
  ledger,
  connections,
  managedNodes,
}: RegistrationDeps): EcsHandler<'RegisterContainerInstance'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const cluster = joinedCluster(presentRows(db), scope, input.cluster);
    const node = managedNodeOf(managedNodes, context);
    const told = readRegistration(input, scope, { sourceIp: context.sourceIp, managedNode: node });
    const savedId = parseArn(input.containerInstanceArn ?? '')
      ?.resource.split('/')
      .at(-1);
    const freshId = ids.hex(32);
    const { clientToken } = input;
    // The rest of the request may differ from one attempt to the next: the token alone says that it is the same machine.
    const use: TokenUse | undefined =
      clientToken === undefined || clientToken === ''
        ? undefined
        : {
            scope,
            operation: 'RegisterContainerInstance',
            token: clientToken,
            request: { cluster },
            nowMs: context.receivedMs,
            arnOf: (key) => containerInstanceArn(scope, cluster, key.slice(key.lastIndexOf('/') + 1)),
          };
    const find = (tx: Transaction) => knownInstance(tx, scope, { cluster, savedId, use });
    await refuseSecond(connections, (await db.transact(find)).result?.key);
    const { result } = await db.transact((tx) => {
      const known = find(tx);
      if (known !== undefined) {
        const type = instanceType(known.row.attributes);
        if (type !== undefined && instanceType(told.attributes) !== type)
          throw clientException('Container instance type changes are not supported.');
        const again = reRegistered(known.row, told);
        tx.put(containerInstances, known.key, again);
        return again;
      }
      const fresh = newInstance(input, told, { scope, cluster, id: freshId, nowMs: context.receivedMs });
      const freshKey = containerInstanceKey(scope, cluster, freshId);
      tx.create(containerInstances, freshKey, fresh);
      if (use !== undefined) rememberToken(tx, use, [freshKey]);
      return fresh;
    });
    const available = ledger.available(containerInstanceKey(scope, cluster, result.id));
    return { containerInstance: describedInstance(result, { available, tags: true }) };
  };
}
