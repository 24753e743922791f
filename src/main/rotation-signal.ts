import { messageOf, type Log } from '../kernel/index.ts';

/** The signal that asks a running control plane for a new sealing key. */
export const rotationSignal = 'SIGUSR2';

/** Changes the sealing key whenever `longshore rotate-key` asks this process for it. @returns how to end that */
export function rotateWhenAsked(services: { rotateSealingKey(): Promise<number> }, log: Log): () => void {
  const rotate = (): void => {
    services.rotateSealingKey().then(
      (values) => log.info('the sealing key was changed', { values }),
      (error: unknown) => log.error('the sealing key could not be changed', { error: messageOf(error) }),
    );
  };
  process.on(rotationSignal, rotate);
  return () => process.off(rotationSignal, rotate);
}
