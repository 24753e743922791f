import { logEventFingerprint, VolumeFiles } from '../agent/index.ts';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import type { Authorizer, CallRecorder, ServiceDefinition } from '../protocol/api/index.ts';
import { acmService, servableCertificates } from '../services/acm/index.ts';
import { cloudTrailService, cloudTrailTables, type CloudTrailService } from '../services/cloudtrail/index.ts';
import { alarmStates, cloudWatchService, cloudWatchTables } from '../services/cloudwatch/index.ts';
import {
  databaseNetwork,
  ec2Service,
  ec2Tables,
  interfaceReaches,
  loadBalancerNetwork,
  mountTargetNetwork,
  PolicyGateway,
  taskInterfaces,
  taskVolumes,
  taskWays,
  VolumeDataKeeper,
  type VolumeData,
  vpcChanges,
  vpcEndpointPolicy,
  type LoadBalancerNetwork,
} from '../services/ec2/index.ts';
import { openBlobStore } from '../services/ecr/blobs/index.ts';
import { ecrService, ecrTables } from '../services/ecr/index.ts';
import { ecsService, ecsTables, isTaskLive, taskPlacements, type EcsService } from '../services/ecs/index.ts';
import { efsService, efsTables, fileSystemMounts, resumeDeletions } from '../services/efs/index.ts';
import { certificateUsers, elbv2Service, elbv2Tables, type Elbv2Service } from '../services/elbv2/index.ts';
import { iamTables, type Identities } from '../services/iam/index.ts';
import { databaseNames, rdsService, rdsTables, type PostgresImages, type RdsService } from '../services/rds/index.ts';
import { openLogArchive } from '../services/logs/archive/index.ts';
import { logGroupExists, logsService, logsTables } from '../services/logs/index.ts';
import type { OwnedSecrets } from '../services/secretsmanager/index.ts';
import {
  serviceDiscoveryService,
  serviceDiscoveryTables,
  type ServiceDiscovery,
} from '../services/servicediscovery/index.ts';
import { managedInstanceRole } from '../services/ssm/index.ts';
import type { Database } from '../store/index.ts';
import { authorityPath, certificateAuthority } from './certificate-authority.ts';
import { certificateReader } from './certificate-reader.ts';
import { databaseDirectories } from './database-directories.ts';
import { PolicyAuthorizer } from './authorizer.ts';
import { EndpointPassKeeper } from './endpoint-passes.ts';
import { eventHistory } from './event-history.ts';
import { fileSystemDirectories } from './file-system-directories.ts';
import { fileSystemPolicies } from './file-system-policies.ts';
import { startIdentity } from './identity.ts';
import { infrastructureRoles } from './infrastructure-roles.ts';
import { lambdaHooks } from './lifecycle-hooks.ts';
import { machines } from './machines.ts';
import { namespaceVpcs } from './namespace-vpcs.ts';
import { passwordVerifier } from './password-verifier.ts';
import { registryTokens, repositoryPolicyProblem } from './registry.ts';
import { sealedTables, startSealedServices } from './sealed-services.ts';
import type { SealingKeys } from './sealing-keys.ts';
import type { SessionTokens } from './session-tokens.ts';
import { trailLogs } from './trail-logs.ts';

/** Of CloudTrail's events kept at most; the oldest go first. */
const maxEventBytes = 1024 ** 3;

/** Everything the services keep in the database. */
export const tables = [
  ...cloudTrailTables,
  ...cloudWatchTables,
  ...ecrTables,
  ...ecsTables,
  ...ec2Tables,
  ...efsTables,
  ...elbv2Tables,
  ...iamTables,
  ...rdsTables,
  ...logsTables,
  ...sealedTables,
  ...serviceDiscoveryTables,
] as const;

export interface ServiceParts {
  readonly database: Database;
  readonly tokens: SessionTokens;
  readonly sealingKeys: SealingKeys;
  /** Where the events of CloudWatch Logs live. */
  readonly logsDirectory: string;
  /** Where CloudTrail's events live. */
  readonly eventsDirectory: string;
  /** Where the layers of images live. */
  readonly imagesDirectory: string;
  /** Where the data of EFS's file systems lives. */
  readonly efsDirectory: string;
  /** Where the data of EBS's volumes and snapshots lives. */
  readonly ebsDirectory: string;
  /** Where the data of RDS's databases lives. */
  readonly rdsDirectory: string;
  readonly postgresImages: PostgresImages;
  /** Seals what the registry's clients log in with. */
  readonly sealingKey: Buffer;
  /** Where ACM's certificate authority is kept. */
  readonly installationDirectory: string;
  /** Lambda's Invoke API, for lifecycle hooks; undefined: there is none. */
  readonly lambdaEndpoint: string | undefined;
  /** How long a machine of the hidden FARGATE pool may be away; undefined: as ECS has it. */
  readonly poolAgentLostMs: number | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** The account of the default credentials. */
  readonly defaultAccount: string;
}

export interface RunningServices {
  readonly definitions: readonly ServiceDefinition[];
  /** CloudTrail's, for the server. */
  readonly recorder: CallRecorder;
  /** For what the command line does to all tasks at once. */
  readonly tasks: Pick<EcsService, 'liveTasks' | 'stopEverything'>;
  /** For the name server. */
  readonly loadBalancerNames: Elbv2Service['names'];
  /** For credentials. */
  readonly identities: Identities;
  readonly authorizer: Authorizer;
  /** For the server. */
  readonly endpointPasses: Pick<EndpointPassKeeper, 'header' | 'open'>;
  isTaskLive(taskArn: string): boolean;
  /** Seals the values of secrets and parameters with a new key, and removes the old one. @returns how many values there were */
  rotateSealingKey(): Promise<number>;
  stop(): Promise<void>;
}

/** Puts the AWS services together, wires their ports to one another, and starts what works in the background. */
export async function startServices(parts: ServiceParts): Promise<RunningServices> {
  const { database, clock, ids, log } = parts;
  const { logs, archive } = await openLogs(parts);
  const identity = await startIdentity({ ...parts, log: log.with({ part: 'iam' }) });
  const authorizer = new PolicyAuthorizer(identity.identities);
  const ecr = await openEcr(parts, authorizer);
  const passes = openEndpointPasses(parts);
  const network = loadBalancerNetwork({ database, clock, ids, machines: machines(database) });
  const loadBalancing = openLoadBalancing(parts, network);
  const cloudMap = openCloudMap(parts, network);
  const policies = fileSystemPolicies(identity.identities);
  const ecs = ecsService({
    ...{ database, clock, ids },
    log: log.with({ part: 'ecs' }),
    taskInterfaces: taskInterfaces({ database, clock, ids }),
    targets: loadBalancing.registrar,
    registrar: cloudMap.registrar,
    namespaces: cloudMap.namespaces,
    alarms: alarmStates(database),
    hooks: lambdaHooks({ lambdaEndpoint: parts.lambdaEndpoint }),
    roleCredentials: identity.roleCredentials,
    fileSystems: fileSystemMounts(database, policies, interfaceReaches(database)),
    volumes: taskVolumes({ database, clock, ids }),
    infrastructureRoles: infrastructureRoles(identity.identities),
    ways: passes.waysWithPasses(),
    poolAgentLostMs: parts.poolAgentLostMs,
    managedNodes: { roleOf: (scope, id) => managedInstanceRole(database, scope, id) },
  });
  const acm = openAcm(parts);
  const sealedParts = startSealedServices({ ...parts, instanceRoles: identity.instanceRoles });
  const rds = openRds(parts, ecs, sealedParts.databaseSecrets);
  const cloudTrail = await startCloudTrail(parts, logs);
  const networkPolicies = startNetworkPolicies(parts);
  const volumeData = openVolumeData(parts);
  for (const part of [volumeData, loadBalancing, cloudMap, ecs, rds]) part.start();
  return {
    definitions: [
      acm,
      cloudTrail.definition,
      cloudWatchService({ database }),
      ecr,
      ecs.definition,
      ec2Service({ database, clock, ids, machines: machines(database) }, networkPolicies),
      openEfs(parts, policies),
      loadBalancing.definition,
      cloudMap.definition,
      logs,
      rds.definition,
      ...identity.definitions,
      ...sealedParts.definitions,
    ],
    recorder: cloudTrail.recorder,
    tasks: allTasks(ecs, rds),
    loadBalancerNames: loadBalancing.names,
    identities: identity.identities,
    authorizer,
    endpointPasses: passes,
    isTaskLive: (arn) => isTaskLive(database, arn),
    rotateSealingKey: sealedParts.rotateKey,
    async stop() {
      identity.stop();
      await sealedParts.stop();
      for (const part of [rds, ecs, cloudMap, loadBalancing, volumeData, networkPolicies]) part.stop();
      await cloudTrail.close();
      await ecr.close();
      await logs.close();
      await archive.close();
    },
  };
}

/** What proves that requests of tasks came through VPC endpoints, by what EC2 has of these. */
function openEndpointPasses({ database, clock, sealingKey }: ServiceParts): EndpointPassKeeper {
  const facts = {
    ways: taskWays(database),
    policy: (scope: { readonly account: string; readonly region: string }, id: string) =>
      vpcEndpointPolicy(database, scope, id),
  };
  return new EndpointPassKeeper(sealingKey, facts, clock);
}

/** What stops everything stops first what would start containers anew. */
function allTasks(ecs: EcsService, rds: RdsService): RunningServices['tasks'] {
  return {
    liveTasks: () => ecs.liveTasks(),
    stopEverything(request) {
      rds.stop();
      return ecs.stopEverything(request);
    },
  };
}

/** What machines are told of security groups and of each other. */
function startNetworkPolicies({ database, clock, log }: ServiceParts): PolicyGateway {
  const tasks = taskPlacements(database);
  const gateway = new PolicyGateway({ database, clock, tasks, log: log.with({ part: 'ec2' }) });
  gateway.start();
  return gateway;
}

/** CloudWatch Logs on an archive of its own, which is to be closed after it. */
async function openLogs({ database, logsDirectory, clock, ids, ...parts }: ServiceParts) {
  const log = parts.log.with({ part: 'logs' });
  const archive = await openLogArchive({ directory: logsDirectory, log });
  return { archive, logs: logsService({ database, archive, fingerprint: logEventFingerprint, clock, ids, log }) };
}

/** File systems that are directories; what was being deleted is deleted on the way. */
function openEfs(parts: ServiceParts, policies: ReturnType<typeof fileSystemPolicies>): ServiceDefinition {
  const { database, clock, ids } = parts;
  const deps = {
    db: database,
    clock,
    ids,
    log: parts.log.with({ part: 'efs' }),
    directories: fileSystemDirectories(parts.efsDirectory, clock),
    network: mountTargetNetwork({ database, clock, ids }),
    policies,
  };
  void resumeDeletions(deps);
  return efsService(deps);
}

/** Databases in containers of the platform's own, with directories of their own. */
function openRds(parts: ServiceParts, ecs: EcsService, secrets: OwnedSecrets): RdsService {
  const { database, clock, ids } = parts;
  return rdsService({
    db: database,
    clock,
    ids,
    log: parts.log.with({ part: 'rds' }),
    network: databaseNetwork({ database, clock, ids }),
    tasks: ecs.platformTasks,
    directories: databaseDirectories(parts.rdsDirectory),
    images: parts.postgresImages,
    verifier: passwordVerifier,
    secrets,
  });
}

/** EBS volumes that are sparse files. */
function openVolumeData({ database, ebsDirectory, clock, ids, log }: ServiceParts): VolumeDataKeeper {
  const files = new VolumeFiles(ebsDirectory);
  const data: VolumeData = {
    make: (account, volume) => files.make(account, volume),
    grow: (account, volumeId, sizeGiB) => files.grow(account, volumeId, sizeGiB),
    remove: (account, id) => files.remove(account, id),
    snapshot: (account, volumeId, snapshotId) => files.snapshot(account, volumeId, snapshotId),
  };
  return new VolumeDataKeeper({ database, data, clock, ids, log: log.with({ part: 'ebs' }) });
}

/** Images and their layers, in files beside the journal. */
async function openEcr(parts: ServiceParts, authorizer: Authorizer): Promise<ReturnType<typeof ecrService>> {
  const { database, clock, ids, log } = parts;
  return ecrService({
    db: database,
    blobs: await openBlobStore({ directory: parts.imagesDirectory, clock }),
    tokens: registryTokens(parts.sealingKey),
    policyProblem: repositoryPolicyProblem,
    foreignAccess: authorizer,
    clock,
    ids,
    log: log.with({ part: 'ecr' }),
  });
}

/** Elastic Load Balancing in EC2 networks, with the certificates of ACM. */
function openLoadBalancing(parts: ServiceParts, network: LoadBalancerNetwork): Elbv2Service {
  const { database, clock, ids, log, sealingKeys } = parts;
  return elbv2Service({
    database,
    clock,
    ids,
    log: log.with({ part: 'elbv2' }),
    network,
    certificates: servableCertificates(database, sealingKeys),
  });
}

/** Private namespaces belong to EC2's networks. */
function openCloudMap({ database: db, clock, ids, log }: ServiceParts, network: LoadBalancerNetwork): ServiceDiscovery {
  return serviceDiscoveryService({
    db,
    clock,
    ids,
    log: log.with({ part: 'cloud map' }),
    vpcs: namespaceVpcs(network, vpcChanges(db)),
    published: databaseNames(db),
  });
}

function openAcm({ database, clock, ids, installationDirectory, sealingKeys }: ServiceParts): ServiceDefinition {
  return acmService({
    db: database,
    clock,
    ids,
    reader: certificateReader,
    authority: certificateAuthority(authorityPath(installationDirectory)),
    users: { of: (arn) => certificateUsers(database, arn) },
    sealer: sealingKeys,
  });
}

/** CloudTrail on an archive of its own, with log groups of CloudWatch Logs for its trails. */
async function startCloudTrail(parts: ServiceParts, logs: ServiceDefinition): Promise<CloudTrailService> {
  const { database, clock, ids } = parts;
  const log = parts.log.with({ part: 'cloudtrail' });
  const events = await openLogArchive({ directory: parts.eventsDirectory, maxBytes: maxEventBytes, log });
  const service = cloudTrailService({
    database,
    history: eventHistory(events),
    logs: trailLogs({ logs, exists: (group) => logGroupExists(database, group), nowMs: () => clock.nowMs() }),
    clock,
    ids,
    log,
  });
  return {
    ...service,
    async close() {
      await service.close();
      await events.close();
    },
  };
}
