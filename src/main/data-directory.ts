import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** What lies where under a data directory. */
export const places = {
  journal: (directory: string): string => join(directory, 'journal'),
  logs: (directory: string): string => join(directory, 'logs'),
  events: (directory: string): string => join(directory, 'events'),
  /** Layers and manifests of ECR's images. */
  images: (directory: string): string => join(directory, 'images'),
  /** Data of EFS's file systems. */
  efs: (directory: string): string => join(directory, 'efs'),
  /** Data of RDS's databases. */
  rds: (directory: string): string => join(directory, 'rds'),
  /** Data of EBS's volumes and snapshots. */
  ebs: (directory: string): string => join(directory, 'ebs'),
  agents: (directory: string): string => join(directory, 'agents'),
  agent: (directory: string, name: string): string => join(directory, 'agents', name),
  balancer: (directory: string): string => join(directory, 'balancer'),
  /** Of the values of secrets and parameters, see sealing-keys.ts. */
  sealingKeys: (directory: string): string => join(directory, 'sealing-keys.json'),
  /** The API's own certificate and who signed it, see own-certificate.ts. */
  tls: (directory: string): string => join(directory, 'tls'),
  /** Who signed it: what clients have to trust. */
  apiAuthority: (directory: string): string => join(directory, 'tls', 'ca.pem'),
  /** Names of AWS's registries that lead here, see registry-names.ts. */
  registryNames: (directory: string): string => join(directory, 'registry-names.json'),
  /** Which process holds the directory, see process-file.ts. */
  process: (directory: string): string => join(directory, 'longshore.pid'),
  /** Of an engine that Longshore itself started. */
  engine: (directory: string): string => join(directory, 'engine'),
} as const;

const digestLength = 8;
/** The network takes owners of 64 characters. */
const longestName = 50;

/** Whose an interface on this machine is: several installations may have agents of one name, and must not touch each other's. */
export function networkOwner(directory: string, agent: string): string {
  const digest = createHash('sha256')
    .update(`${resolve(directory)}\0${agent}`)
    .digest('hex')
    .slice(0, digestLength);
  return `${agent.slice(0, longestName)}-${digest}`;
}

/** Whose the rules for load balancers' nodes on this machine are. */
export function balancerOwner(directory: string): string {
  return networkOwner(directory, 'balancer');
}
