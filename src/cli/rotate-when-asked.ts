import { messageOf, type Log } from '../kernel/index.ts';
import { rotationSignal } from '../main/index.ts';

/** Gives the values of secrets a new sealing key whenever `longshore rotate-key` asks this process for it. */
export function rotateWhenAsked(running: { rotateSealingKey(): Promise<number> }, log: Log): void {
  process.on(rotationSignal, () => {
    running.rotateSealingKey().then(
      (values) => log.info('the sealing key was changed', { values }),
      (error: unknown) => log.error('the sealing key could not be changed', { error: messageOf(error) }),
    );
  });
}
