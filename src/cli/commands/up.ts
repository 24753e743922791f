import { places, startAllInOne } from '../../main/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import { awaitEngine } from '../engine-address.ts';
import {
  dataDirectory,
  dataPlane,
  ebsDirectory,
  efsDirectory,
  engine,
  fargateLostAfter,
  host,
  lambdaEndpoint,
  loadBalancerPorts,
  logLevel,
  port,
  rdsDirectory,
  rdsPostgresImage,
  s3Directory,
  store,
  transport,
  underlay,
  unroutedCalls,
} from '../common-options.ts';
import {
  dataDirectoryOf,
  dataPlaneOf,
  ebsDirectoryOf,
  efsDirectoryOf,
  fargateLostMsOf,
  logLevelOf,
  rdsDirectoryOf,
  requireEmbeddedStore,
  transportOf,
  underlayOf,
} from '../read-common.ts';
import { endOnFailure, sayHowToReach } from '../serving.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

const highestOffset = 65_000;

/** `longshore up`: everything on this machine. */
export const up: Command = {
  name: 'up',
  summary: 'run everything on this machine, in the foreground',
  about:
    'Runs the control plane, the balancer that carries the traffic of load balancers, and an agent that is its FARGATE capacity. Prints "longshore ready URL" when every part answers; where no container engine\nanswers it says so and waits for one. SIGTERM or Ctrl-C stops it and leaves the containers running; started again on the same data directory it finds them.',
  options: [
    port,
    host,
    ...transport,
    dataDirectory,
    ebsDirectory,
    efsDirectory,
    rdsDirectory,
    rdsPostgresImage,
    engine,
    lambdaEndpoint,
    s3Directory,
    loadBalancerPorts,
    dataPlane,
    ...underlay,
    unroutedCalls,
    fargateLostAfter,
    store,
    logLevel,
  ],
  async run(settings, context) {
    requireEmbeddedStore(settings);
    const told = untilToldToStop();
    const { environment, say } = context;
    const directory = dataDirectoryOf(settings, environment);
    const address = settings.require('host');
    const log = lineLog(logLevelOf(settings), process.stderr);
    const stopping = new AbortController();
    const question = { named: settings.get('engine'), environment, engineDirectory: places.engine(directory) };
    const running = await startAllInOne({
      host: address,
      port: settings.integer('port', 0, 65_535),
      transport: transportOf(settings),
      dataDirectory: directory,
      engine: () => awaitEngine(question, { say, signal: stopping.signal }),
      logLevel: settings.require('log-level'),
      efsDirectory: efsDirectoryOf(settings),
      ebsDirectory: ebsDirectoryOf(settings),
      rdsDirectory: rdsDirectoryOf(settings),
      rdsPostgresImage: settings.get('rds-postgres-image'),
      poolAgentLostMs: fargateLostMsOf(settings),
      lambdaEndpoint: settings.get('lambda-endpoint'),
      s3Directory: settings.get('s3-directory'),
      loadBalancerPorts: settings.integer('load-balancer-ports', 0, highestOffset),
      dataPlane: dataPlaneOf(settings),
      underlay: underlayOf(settings),
      unroutedCalls: settings.flag('unrouted-calls'),
      clock: systemClock,
      ids: randomIds,
      log,
      onFailure: endOnFailure(log),
    });
    sayHowToReach({ host: address, directory, caFile: running.caFile }, context);
    const ready = await Promise.race([running.ready.then(() => true), told.then(() => false)]);
    if (ready) context.print(`longshore ready ${running.url}`);
    await told;
    stopping.abort();
    await running.stop();
    return 0;
  },
};
