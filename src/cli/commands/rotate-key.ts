import { isInstallation, rotateSealingKey } from '../../main/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, logLevel } from '../common-options.ts';
import { dataDirectoryOf, logLevelOf } from '../read-common.ts';

const rotatedWithinMs = 10 * 60_000;

/** `longshore rotate-key`: a new key for the values of secrets and parameters. */
export const rotateKey: Command = {
  name: 'rotate-key',
  summary: 'seal the values of secrets and parameters with a new key',
  about:
    'Makes a new key in sealing-keys.json of the data directory, seals every value of Secrets Manager and every SecureString with it, and removes the old key. A running longshore up or server does it\nwhile it answers; where none runs, this command does. If it is interrupted, all values stay readable, and the next start goes on with it.',
  options: [dataDirectory, { ...logLevel, fallback: 'error' }],
  async run(settings, context) {
    const directory = dataDirectoryOf(settings, context.environment);
    if (!isInstallation(directory)) {
      context.say(`longshore: there is no installation in ${directory}`);
      return 1;
    }
    const keyId = await rotateSealingKey({
      directory,
      withinMs: rotatedWithinMs,
      clock: systemClock,
      ids: randomIds,
      log: lineLog(logLevelOf(settings), process.stderr),
    });
    context.print(`sealed with ${keyId}`);
    return 0;
  },
};
