import { InvalidArgument } from '../../kernel/index.ts';
import {
  agentReady,
  agentVariables,
  openInstallation,
  places,
  poolResources,
  startAgentProcess,
  type AgentProcessOptions,
} from '../../main/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import type { Command, CommandContext } from '../command.ts';
import {
  dataDirectory,
  ebsDirectory,
  efsDirectory,
  endpoint,
  engine,
  logLevel,
  region,
  trust,
} from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf, ebsDirectoryOf, efsDirectoryOf, logLevelOf, trustOf } from '../read-common.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

const kinds = ['EC2', 'EXTERNAL'] as const;
/** Amazon's agent answers there. */
const defaultIntrospectionPort = 51_678;
const poolCluster = 'fargate';
const allZones = 'a,b,c,d,e,f';
const maxCpuUnits = 10_000_000;
const maxMemoryMiB = 100_000_000;

/** `longshore agent`: joins this machine to a cluster. */
export const agent: Command = {
  name: 'agent',
  summary: 'join this machine to a cluster as a container instance',
  about:
    'Joins the cluster with the credentials of the environment (AWS_ACCESS_KEY_ID …; test / test by default), runs the tasks it is given, and stays in the\nforeground. SIGTERM leaves the containers running. Several agents may share a machine: give each a --name.',
  options: [
    endpoint,
    ...trust,
    { name: 'cluster', value: 'NAME', environment: 'ECS_CLUSTER', about: 'cluster to join', fallback: 'default' },
    { name: 'launch-type', value: 'TYPE', about: 'EC2 or EXTERNAL', fallback: 'EC2' },
    {
      name: 'fargate',
      about: "join the installation's own FARGATE capacity instead of a cluster (needs its --data-dir)",
    },
    { name: 'name', value: 'NAME', about: 'tells several agents of one machine apart; by default the cluster' },
    { name: 'cpu', value: 'UNITS', about: 'CPU units to offer (1024 a core); by default what the machine has' },
    { name: 'memory', value: 'MIB', about: 'MiB to offer; by default what the machine has' },
    {
      name: 'availability-zone',
      value: 'ZONE',
      about: 'zone of this machine, such as us-east-1a; with --fargate its letters, such as a,b',
    },
    {
      name: 'introspection-port',
      value: 'PORT',
      environment: 'LONGSHORE_INTROSPECTION_PORT',
      about: `where this machine can ask the agent about itself (/v1/metadata, /v1/tasks), or off; by default ${defaultIntrospectionPort}, with --fargate off`,
    },
    region,
    dataDirectory,
    ebsDirectory,
    efsDirectory,
    engine,
    logLevel,
  ],
  variables: agentVariables,
  async run(settings, context) {
    const running = await startAgentProcess(await readOptions(settings, context));
    const stopped = untilToldToStop();
    const ready = await Promise.race([running.ready.then(() => true), stopped.then(() => false)]);
    if (ready) {
      if (process.send === undefined) context.print('longshore agent ready');
      else process.send(agentReady);
      await stopped;
    }
    await running.stop();
    return 0;
  },
};

async function readOptions(settings: Settings, { environment }: CommandContext): Promise<AgentProcessOptions> {
  const directory = dataDirectoryOf(settings, environment);
  const fargate = settings.flag('fargate');
  const cluster = fargate ? poolCluster : settings.require('cluster');
  const zone = settings.get('availability-zone');
  const common = {
    endpoint: endpointOf(settings),
    trust: trustOf(settings),
    cluster,
    name: settings.get('name') ?? (fargate ? 'fargate' : `cluster-${cluster}`),
    dataDirectory: directory,
    efsDirectory: efsDirectoryOf(settings),
    ebsDirectory: ebsDirectoryOf(settings),
    engine: await engineAddress({
      named: settings.get('engine'),
      environment,
      engineDirectory: places.engine(directory),
    }),
    environment,
    clock: systemClock,
    ids: randomIds,
    log: lineLog(logLevelOf(settings), process.stderr).with({ agent: cluster }),
  };
  const cpuUnits = settings.get('cpu') === undefined ? undefined : settings.integer('cpu', 1, maxCpuUnits);
  const memoryMiB = settings.get('memory') === undefined ? undefined : settings.integer('memory', 1, maxMemoryMiB);
  const introspectionPort = introspectionPortOf(settings, fargate);
  const size = {
    ...(fargate ? poolResources() : {}),
    ...(cpuUnits === undefined ? {} : { cpuUnits }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(introspectionPort === undefined ? {} : { introspectionPort }),
  };
  if (fargate) {
    return {
      ...common,
      ...size,
      region: 'us-east-1',
      launchKind: 'FARGATE',
      credentials: openInstallation(directory).pool,
      attributes: { 'longshore.zones': zone ?? allZones },
    };
  }
  return {
    ...common,
    ...size,
    region: settings.require('region'),
    launchKind: launchKind(settings.require('launch-type')),
    credentials: environmentCredentials(environment),
    attributes: zone === undefined ? {} : { 'ecs.availability-zone': zone },
  };
}

function endpointOf(settings: Settings): string {
  const text = settings.require('endpoint');
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new InvalidArgument(`--endpoint is '${text}', which is no URL such as http://127.0.0.1:4566`);
}

/** FARGATE's tasks are of any account, and have no machine to be asked on. */
function introspectionPortOf(settings: Settings, fargate: boolean): number | undefined {
  const given = settings.get('introspection-port');
  if (given === undefined) return fargate ? undefined : defaultIntrospectionPort;
  return given === 'off' ? undefined : settings.integer('introspection-port', 1, 65_535);
}

function launchKind(text: string): (typeof kinds)[number] {
  const kind = kinds.find((one) => one === text.toUpperCase());
  if (kind === undefined) throw new InvalidArgument(`--launch-type is '${text}', which is none of ${kinds.join(', ')}`);
  return kind;
}

function environmentCredentials(environment: CommandContext['environment']): AgentProcessOptions['credentials'] {
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? 'test',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? 'test',
    ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }),
  };
}
