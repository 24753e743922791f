import { LongshoreError } from '../../kernel/index.ts';
import type { EcrReference } from './reference.ts';

/** Why the registry did not give an image. */
export class EcrRefusal extends LongshoreError {
  override readonly name = 'EcrRefusal';
  /** `token`: nobody may log in; the others are what the registry answered. */
  readonly kind: 'token' | 'denied' | 'noRepository' | 'noImage';
  /** HTTP status. */
  readonly status: number;
  constructor(kind: EcrRefusal['kind'], status: number, message: string) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

export interface PullFailure {
  /** The container's. */
  readonly reason: string;
  /** The task's, where it is not what the container's leads to. */
  readonly taskReason?: string;
}

/** In the words that users of FARGATE and of container instances see. */
export function pullFailure(
  refusal: EcrRefusal,
  image: string,
  reference: EcrReference,
  isFargate: boolean,
): PullFailure {
  if (isFargate) {
    const reason = onFargate(refusal, image, reference);
    return { reason, taskReason: reason };
  }
  return { reason: onInstance(refusal, image) };
}

function onFargate({ kind, status, message }: EcrRefusal, image: string, { version }: EcrReference): string {
  if (kind === 'token') {
    return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${message}`;
  }
  const host = image.slice(0, image.indexOf('/'));
  const what =
    kind === 'denied'
      ? `pulling from host ${host} failed with status code [manifests ${version}]: ${status} Forbidden: ${message}`
      : `${image}: not found`;
  return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${what}`;
}

function onInstance({ kind, message }: EcrRefusal, image: string): string {
  const repository = (image.split('@')[0] ?? image).replace(/:[^/:]+$/, '');
  switch (kind) {
    case 'token':
      return `CannotPullECRContainerError: ${message}`;
    case 'denied':
      return `CannotPullContainerError: Error response from daemon: pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: ${message}`;
    case 'noRepository':
      return `CannotPullContainerError: Error response from daemon: repository ${repository} not found: name unknown: ${message}`;
    case 'noImage':
      return `CannotPullContainerError: Error response from daemon: manifest for ${image} not found: manifest unknown: ${message}`;
  }
}
