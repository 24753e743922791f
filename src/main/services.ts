import type { Clock, Ids, Log } from '../kernel/index.ts';
import type { ServiceDefinition } from '../protocol/api/index.ts';
import { alarmStates, cloudWatchService, cloudWatchTables } from '../services/cloudwatch/index.ts';
import { ec2Service, ec2Tables, taskInterfaces } from '../services/ec2/index.ts';
import { ecsService, ecsTables, type EcsService, type TargetRegistrar } from '../services/ecs/index.ts';
import { openLogArchive } from '../services/logs/archive/index.ts';
import { logsService, logsTables } from '../services/logs/index.ts';
import { stsService } from '../services/sts/index.ts';
import type { Database } from '../store/index.ts';
import { issueRoleCredentials } from './role-credentials.ts';
import type { SessionTokens } from './session-tokens.ts';

/** Everything the services keep in the database. */
export const tables = [...cloudWatchTables, ...ecsTables, ...ec2Tables, ...logsTables] as const;

export interface ServiceParts {
  readonly database: Database;
  readonly tokens: SessionTokens;
  /** Where the events of CloudWatch Logs live. */
  readonly logsDirectory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export interface RunningServices {
  readonly definitions: readonly ServiceDefinition[];
  /** For what the command line does to all tasks at once. */
  readonly tasks: Pick<EcsService, 'liveTasks' | 'stopEverything'>;
  stop(): Promise<void>;
}

/** Elastic Load Balancing is not here yet: no target group exists. */
const noTargetGroups: TargetRegistrar = {
  targetGroup: () => undefined,
  register: () => undefined,
  deregister: () => undefined,
  health: () => undefined,
  onTargetsChanged: () => () => undefined,
  weights: () => undefined,
  setWeights: () => undefined,
};

/** Puts the AWS services together, wires their ports to one another, and starts what works in the background. */
export async function startServices(parts: ServiceParts): Promise<RunningServices> {
  const { database, tokens, clock, ids, log, logsDirectory } = parts;
  const archive = await openLogArchive({ directory: logsDirectory, log: log.with({ part: 'logs' }) });
  const logs = logsService({ database, archive, clock, ids, log: log.with({ part: 'logs' }) });
  const ecs = ecsService({
    database,
    clock,
    ids,
    log: log.with({ part: 'ecs' }),
    taskInterfaces: taskInterfaces({ database, clock, ids }),
    targets: noTargetGroups,
    alarms: alarmStates(database),
    roleCredentials: { issue: (request) => issueRoleCredentials(tokens, request) },
  });
  ecs.start();
  return {
    definitions: [cloudWatchService({ database }), ecs.definition, ec2Service({ database }), logs, stsService()],
    tasks: ecs,
    async stop() {
      ecs.stop();
      await logs.close();
      await archive.close();
    },
  };
}
