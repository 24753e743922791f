/** Chance as the control plane knows it: seeded in simulation, cryptographic in production. */
export interface Ids {
  /** `length` random lower-case hexadecimal digits. */
  hex(length: number): string;
  /** A random UUID, version 4. */
  uuid(): string;
  /** A random number in [0, 1), for jitter. */
  fraction(): number;
}
