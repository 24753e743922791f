import type { EcrReference } from '../ecr/reference.ts';
import { retries } from './way-closed.ts';

// What a stopped FARGATE task says that could not get its image, in the words of published outputs. https://repost.aws/knowledge-center/ecs-fargate-pull-container-error

/** Of a password for ECR. @param dial what dialling says */
export function registryAuthClosed(region: string, dial: string): string {
  const frame =
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth';
  const request = `RequestError: send request failed caused by: Post "https://api.ecr.${region}.amazonaws.com/": ${dial}`;
  return `${frame}: service call has been retried ${retries.registryAuth} time(s): ${request}. Please check your task network configuration.`;
}

/** Of a manifest. @param place host, repository and version in the registry's own names */
export function manifestClosed(
  image: string,
  place: { readonly host: string; readonly repository: string; readonly version: string },
  dial: string,
): string {
  const request = `Head "https://${place.host}/v2/${place.repository}/manifests/${place.version}": ${dial}`;
  return `CannotPullContainerError: pull image manifest has been retried ${retries.others} time(s): failed to resolve ref ${image}: failed to do request: ${request}`;
}

/** Of layers, which ECR keeps in S3. */
export function layersClosed(region: string, dial: string): string {
  const bucket = `prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com`;
  return `CannotPullContainerError: ref pull has been retried ${retries.others} time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://${bucket}/": ${dial}`;
}

/** Of a log stream: FARGATE ends its driver, which waits. */
export const logsClosed = 'ResourceInitializationError: failed to validate logger args: : signal: killed';

/** Where an image of ECR is, in ECR's own names. */
export function ecrPlace(image: string, { path, version }: EcrReference): Parameters<typeof manifestClosed>[1] {
  const slash = image.indexOf('/');
  return { host: image.slice(0, slash), repository: path.slice(path.indexOf('/') + 1), version };
}

/** Where an image of another registry is. @param registry host part of its name, or Docker Hub's */
export function registryPlace(image: string, registry: string): Parameters<typeof manifestClosed>[1] {
  const [name = '', digest] = image.split('@');
  const [, tag] = /:([^/:]+)$/.exec(name.slice(name.lastIndexOf('/') + 1)) ?? [];
  const untagged = tag === undefined ? name : name.slice(0, -tag.length - 1);
  const path = untagged.startsWith(`${registry}/`) ? untagged.slice(registry.length + 1) : untagged;
  const hub = registry === 'docker.io';
  return {
    host: hub ? 'registry-1.docker.io' : registry,
    repository: hub && !path.includes('/') ? `library/${path}` : path,
    version: digest ?? tag ?? 'latest',
  };
}
