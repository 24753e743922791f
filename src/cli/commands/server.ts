import { startServer } from '../../main/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import {
  dataDirectory,
  ebsDirectory,
  efsDirectory,
  fargateLostAfter,
  host,
  lambdaEndpoint,
  logLevel,
  port,
  rdsDirectory,
  rdsPostgresImage,
  s3Directory,
  store,
  transport,
} from '../common-options.ts';
import {
  requireEmbeddedStore,
  dataDirectoryOf,
  ebsDirectoryOf,
  efsDirectoryOf,
  fargateLostMsOf,
  logLevelOf,
  rdsDirectoryOf,
  transportOf,
} from '../read-common.ts';
import { endOnFailure, sayHowToReach } from '../serving.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

/** `longshore server`: the control plane alone. */
export const server: Command = {
  name: 'server',
  summary: 'run the control plane alone; agents join over the network',
  about:
    'Runs the API and the schedulers in the foreground, without an agent. Prints "longshore ready URL" when it answers.',
  options: [
    port,
    host,
    ...transport,
    dataDirectory,
    ebsDirectory,
    efsDirectory,
    rdsDirectory,
    rdsPostgresImage,
    lambdaEndpoint,
    s3Directory,
    fargateLostAfter,
    store,
    logLevel,
  ],
  async run(settings, context) {
    requireEmbeddedStore(settings);
    const told = untilToldToStop();
    const directory = dataDirectoryOf(settings, context.environment);
    const address = settings.require('host');
    const log = lineLog(logLevelOf(settings), process.stderr);
    const running = await startServer({
      host: address,
      port: settings.integer('port', 0, 65_535),
      transport: transportOf(settings),
      dataDirectory: directory,
      efsDirectory: efsDirectoryOf(settings),
      ebsDirectory: ebsDirectoryOf(settings),
      rdsDirectory: rdsDirectoryOf(settings),
      rdsPostgresImage: settings.get('rds-postgres-image'),
      poolAgentLostMs: fargateLostMsOf(settings),
      lambdaEndpoint: settings.get('lambda-endpoint'),
      s3Directory: settings.get('s3-directory'),
      clock: systemClock,
      ids: randomIds,
      log,
      parts: () => ({}),
      onFailure: endOnFailure(log),
    });
    sayHowToReach({ host: address, directory, caFile: running.caFile }, context);
    context.print(`longshore ready ${running.url}`);
    await told;
    await running.stop();
    return 0;
  },
};
