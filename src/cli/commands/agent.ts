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
  underlay,
  unroutedCalls,
} from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf, ebsDirectoryOf, efsDirectoryOf, logLevelOf, trustOf, underlayOf } from '../read-common.ts';
import { portSettings } from '../port-settings.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

const kinds = ['EC2', 'EXTERNAL'] as const;
/** Amazon's agent answers there. */
const defaultIntrospectionPort = 51_678;
const poolCluster = 'fargate';
const allZones = 'a,b,c,d,e,f';
const maxCpuUnits = 10_000_000;
const maxMemoryMiB = 100_000_000;

const never = new Promise<boolean>(() => undefined);

/** `longshore agent`: joins this machine to a cluster. */
export const agent: Command = {
  name: 'agent',
  summary: 'join this machine to a cluster as a container instance',
  about:
    "Joins the cluster with the credentials of the environment (AWS_ACCESS_KEY_ID …; test / test by default), runs the tasks it is given, and stays in the\nforeground. SIGTERM leaves the containers running. Several agents may share a machine and its engine: give each a --name, and its share by --cpu, --memory, --reserved-ports (what the others have) and --port-range.\nA machine without keys joins with an activation of Systems Manager (aws ssm create-activation), as with ECS Anywhere: its instance is EXTERNAL, and it gets the credentials of the activation's role.",
  options: [
    endpoint,
    ...trust,
    { name: 'cluster', value: 'NAME', environment: 'ECS_CLUSTER', about: 'cluster to join', fallback: 'default' },
    { name: 'launch-type', value: 'TYPE', about: 'EC2 or EXTERNAL', fallback: 'EC2' },
    {
      name: 'activation-id',
      value: 'ID',
      environment: 'LONGSHORE_ACTIVATION_ID',
      about: 'joins as EXTERNAL with an activation; needed for the first start only',
    },
    {
      name: 'activation-code',
      value: 'CODE',
      environment: 'LONGSHORE_ACTIVATION_CODE',
      about: "the activation's code",
    },
    {
      name: 'fargate',
      about: "join the installation's own FARGATE capacity instead of a cluster (needs its --data-dir)",
    },
    { name: 'name', value: 'NAME', about: 'tells several agents of one machine apart; by default the cluster' },
    { name: 'cpu', value: 'UNITS', about: 'CPU units to offer (1024 a core); by default what the machine has' },
    { name: 'memory', value: 'MIB', about: 'MiB to offer; by default what the machine has' },
    {
      name: 'reserved-ports',
      value: 'PORTS',
      about: 'TCP and UDP host ports no task gets here, such as 8080,9000-9099, beside those of ECS_RESERVED_PORTS',
    },
    {
      name: 'port-range',
      value: 'RANGE',
      about: 'host ports for containerPortRange, such as 40000-40999; before ECS_DYNAMIC_HOST_PORT_RANGE',
    },
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
    ...underlay,
    unroutedCalls,
    engine,
    logLevel,
  ],
  variables: agentVariables,
  async run(settings, context) {
    const options = await readOptions(settings, context);
    const stopped = untilToldToStop();
    for (;;) {
      const running = await startAgentProcess(options);
      const ready = await Promise.race([running.ready.then(() => true), stopped.then(() => false)]);
      if (ready) {
        if (process.send === undefined) context.print('longshore agent ready');
        else process.send(agentReady);
      }
      // A user's instance that was deregistered stays away until somebody starts its agent again, as at AWS. Nobody sees those of the FARGATE capacity.
      const joinsAnew = options.launchKind === 'FARGATE' ? running.deregistered.then(() => true) : never;
      const again = ready && (await Promise.race([stopped.then(() => false), joinsAnew]));
      await running.stop();
      if (!again) return 0;
      options.log.warn('this machine was given up while it was away; it joins the FARGATE capacity anew');
    }
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
    underlay: underlayOf(settings),
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
    settings: { ...portSettings(settings, environment), routedCalls: !settings.flag('unrouted-calls') },
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
    activation: activationOf(settings),
    attributes: zone === undefined ? {} : { 'ecs.availability-zone': zone },
  };
}

/** Both, or neither: a machine that registered before needs none. */
function activationOf(settings: Settings): AgentProcessOptions['activation'] {
  const [id, code] = [settings.get('activation-id'), settings.get('activation-code')];
  if (id === undefined && code === undefined) return undefined;
  if (id === undefined || code === undefined)
    throw new InvalidArgument(
      '--activation-id and --activation-code are needed both, as aws ssm create-activation told them',
    );
  return { id, code };
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
