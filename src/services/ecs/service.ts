import { InvalidArgument, type Clock, type Ids, type Log } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ecs.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import type { Database } from '../../store/index.ts';
import { AgentGateway } from './agent-gateway/gateway.ts';
import { ecsAuthorization } from './authorization/index.ts';
import { clientTokenCleanUp } from './client-token-clean-up.ts';
import { tableCounts } from './clusters/count-tables.ts';
import { connectivityController } from './container-instances/connectivity-controller.ts';
import { leftInstanceCleanUp } from './container-instances/left-clean-up.ts';
import { lostPoolController, poolAgentLostMs } from './container-instances/lost-pool-controller.ts';
import { orphansController } from './container-instances/orphans-controller.ts';
import { historyCleanUp } from './deployments/history-clean-up.ts';
import { invalidInput } from './errors.ts';
import { placementRoute } from './handlers/placement-route.ts';
import { clustersAndDefinitions } from './handlers/clusters-and-definitions.ts';
import { servicesAndDeployments } from './handlers/services.ts';
import { tasksAndInstances } from './handlers/tasks-and-instances.ts';
import { ecsLimits } from './limits.ts';
import type {
  ConnectNamespaces,
  DeploymentAlarms,
  FileSystemMounts,
  InfrastructureRoles,
  TaskWays,
  InstanceRegistrar,
  LifecycleHooks,
  ManagedNodes,
  RoleCredentials,
  TargetRegistrar,
  TaskInterfaces,
  TaskVolumes,
} from './ports.ts';
import { containerInstances } from './records/container-instance.ts';
import { tasks } from './records/task.ts';
import { presentRows } from './references.ts';
import { readClusterQuery } from './scheduler/cluster-query/query.ts';
import { Ledger } from './scheduler/ledger.ts';
import { endpointCleanUp } from './service-connect/endpoint-clean-up.ts';
import { ConnectGateway } from './service-connect/gateway.ts';
import { connectRegistrationController } from './service-connect/registration-controller.ts';
import { tableUses } from './task-definitions/definition-uses.ts';
import { definitionDeletion } from './task-definitions/deletion.ts';
import { hookController } from './service-scheduler/hook-controller.ts';
import { serviceController } from './service-scheduler/controller.ts';
import { schedulerSettings } from './service-scheduler/settings.ts';
import { deactivationController } from './tasks/deactivation-controller.ts';
import { callWayRoute } from './agent-gateway/call-ways.ts';
import { closedWayRoute } from './agent-gateway/closed-ways.ts';
import { placementController } from './tasks/placement-controller.ts';
import { platformTasks, type PlatformTasks } from './tasks/platform-tasks.ts';
import { registrationController } from './tasks/registration-controller.ts';
import {
  liveTaskCount,
  stopEverything,
  type StopEverythingRequest,
  type StoppedEverything,
} from './tasks/stop-everything.ts';
import { stoppedTaskCleanUp } from './tasks/stopped-clean-up.ts';
import { volumeController } from './tasks/volume-controller.ts';

/** What ECS needs of the outside. */
export interface EcsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly taskInterfaces: TaskInterfaces;
  readonly roleCredentials: RoleCredentials;
  readonly fileSystems: FileSystemMounts;
  readonly volumes: TaskVolumes;
  readonly infrastructureRoles: InfrastructureRoles;
  readonly managedNodes: ManagedNodes;
  /** How long a machine of the hidden FARGATE pool may be away before it is given up; by default ten minutes. */
  readonly poolAgentLostMs?: number | undefined;
  readonly ways: TaskWays;
  readonly targets: TargetRegistrar;
  readonly registrar: InstanceRegistrar;
  readonly namespaces: ConnectNamespaces;
  readonly alarms: DeploymentAlarms;
  readonly hooks: LifecycleHooks;
}

export interface EcsService {
  readonly definition: ServiceDefinition;
  /** Container instances whose agent is connected now, by key. */
  readonly connectedInstances: Iterable<string>;
  /** Starts the controllers; call it once the database is open. */
  start(): void;
  /** Stops them and closes the agents' sessions. */
  stop(): void;
  /** For services that run containers for their users. */
  readonly platformTasks: PlatformTasks;
  /** Tasks of all accounts that have not stopped. */
  liveTasks(): number;
  /** Ends the service scheduler for the life of this process and tells every task of every account to stop; resolves when all have, or the time is over. */
  stopEverything(request: StopEverythingRequest): Promise<StoppedEverything>;
}

/** Amazon ECS. */
export function ecsService(deps: EcsDeps): EcsService {
  const { database: db, clock, ids, log, taskInterfaces: interfaces, roleCredentials, targets, alarms, hooks } = deps;
  const ledger = new Ledger();
  const { fileSystems, ways, registrar, namespaces, volumes, infrastructureRoles } = deps;
  const connects = new ConnectGateway({ db, clock, log });
  const taskDeps = { db, ledger, interfaces, volumes, targets, registrar, connects, clock, ids, log };
  const gateway = new AgentGateway({ ...taskDeps, roleCredentials, fileSystems, ways });
  const loop = new ReconcileLoop(
    [
      placementController(taskDeps),
      volumeController({ ...taskDeps, infrastructureRoles }),
      deactivationController(taskDeps),
      registrationController(taskDeps),
      connectRegistrationController(taskDeps),
      endpointCleanUp({ db, clock, namespaces }),
      orphansController(taskDeps),
      lostPoolController({ db, clock, log, connections: gateway, lostMs: deps.poolAgentLostMs ?? poolAgentLostMs }),
      connectivityController({ db, clock, connections: gateway }),
      leftInstanceCleanUp({ db, clock }),
      stoppedTaskCleanUp(taskDeps),
      definitionDeletion({ db, clock, uses: tableUses(db) }),
      clientTokenCleanUp({ db, clock }),
      historyCleanUp({ db, clock }),
    ],
    { clock, ids, log },
  );
  // A loop of its own: it ends before everything is stopped for good, lest it starts tasks anew.
  const scheduled = [
    serviceController({ ...taskDeps, alarms, settings: schedulerSettings }),
    hookController({ db, clock, log, hooks }),
  ];
  const scheduler = new ReconcileLoop(scheduled, { clock, ids, log });
  // The ledger hears of a change before the controllers that ask it.
  const unfollow = ledger.follow({ tasks: db.table(tasks), containerInstances: db.table(containerInstances) });
  return {
    definition: implement<Operations>({
      name: 'ecs',
      handlers: {
        ...clustersAndDefinitions({ db, counts: tableCounts(db), namespaces, expressionProblem }),
        ...servicesAndDeployments({ db, ids, targets, registrar, namespaces, volumes }),
        ...tasksAndInstances({ ...taskDeps, connections: gateway, managedNodes: deps.managedNodes }),
      },
      authorization: ecsAuthorization(presentRows(db)),
      limits: ecsLimits,
      invalid: invalidInput,
      sockets: [...gateway.routes, ...connects.routes],
      ownRoutes: [closedWayRoute({ db, ways }), callWayRoute({ db, ways }), placementRoute(db, ledger)],
    }),
    platformTasks: platformTasks(taskDeps),
    get connectedInstances() {
      return gateway.connected;
    },
    start() {
      gateway.start();
      connects.start();
      loop.start();
      scheduler.start();
    },
    stop() {
      scheduler.stop();
      loop.stop();
      gateway.stop();
      connects.stop();
      unfollow();
    },
    liveTasks: () => liveTaskCount(taskDeps),
    stopEverything(request) {
      scheduler.stop();
      return stopEverything({ ...taskDeps, connections: gateway }, request);
    },
  };
}

/** What is wrong with an expression of the cluster query language; undefined when it is well formed. */
function expressionProblem(text: string): string | undefined {
  try {
    readClusterQuery(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidArgument) return error.message;
    throw error;
  }
}
