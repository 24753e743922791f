import { readSecretReference, type PayloadContainer, type PayloadSecret } from '../../../agent-protocol/index.ts';
import type { ContainerDefinition, Secret } from '../../../protocol/generated/ecs.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

function payloadSecret(
  { name, valueFrom }: Secret,
  place: Place,
): Pick<PayloadSecret, 'name' | 'valueFrom' | 'region' | 'provider'> {
  const reference = readSecretReference(valueFrom, place);
  // Registration lets only ARNs of both stores and names through; a malformed selector is the agent's to tell.
  if (reference === undefined) return { name, valueFrom, region: place.region, provider: 'asm' };
  const { provider, region } = reference;
  return { name, valueFrom: provider === 'ssm' ? reference.name : valueFrom, region, provider };
}

/** The secrets of a container and of its log driver, for the agent to fetch; never their values. */
export function payloadSecrets(container: ContainerDefinition, place: Place): Pick<PayloadContainer, 'secrets'> {
  const secrets: readonly PayloadSecret[] = [
    ...(container.secrets ?? []).map(
      (secret) => ({ ...payloadSecret(secret, place), type: 'ENVIRONMENT_VARIABLE', target: 'CONTAINER' }) as const,
    ),
    ...(container.logConfiguration?.secretOptions ?? []).map(
      (secret) => ({ ...payloadSecret(secret, place), type: 'BOOTSTRAP', target: 'LOG_DRIVER' }) as const,
    ),
  ];
  return secrets.length === 0 ? {} : { secrets };
}

export function secretRegistryAuthentication(
  { repositoryCredentials }: ContainerDefinition,
  place: Place,
): Pick<PayloadContainer, 'registryAuthentication'> {
  const credentialsParameter = repositoryCredentials?.credentialsParameter;
  if (credentialsParameter === undefined) return {};
  const region = readSecretReference(credentialsParameter, place)?.region ?? place.region;
  return { registryAuthentication: { type: 'asm', asmAuthData: { credentialsParameter, region } } };
}
