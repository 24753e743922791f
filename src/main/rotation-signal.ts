/** The signal that asks a running control plane for a new sealing key. */
export const rotationSignal = 'SIGUSR2';
