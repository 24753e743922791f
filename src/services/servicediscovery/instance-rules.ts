import { isIPv4Text, isIPv6Text } from './addresses.ts';
import { invalidInput, notImplemented } from './errors.ts';
import { maxAttributeCharacters, maxInstanceAttributes } from './limits.ts';
import type { CustomHealth } from './records/instance.ts';
import type { RecordType, ServiceRecord } from './records/service.ts';

type Attributes = Readonly<Record<string, string>>;

/** The attribute that holds the value of a record of each type. */
export const attributeOf: Readonly<Record<RecordType, string>> = {
  A: 'AWS_INSTANCE_IPV4',
  AAAA: 'AWS_INSTANCE_IPV6',
  CNAME: 'AWS_INSTANCE_CNAME',
  SRV: 'AWS_INSTANCE_PORT',
};

const initialHealth = 'AWS_INIT_HEALTH_STATUS';
const highestPort = 65_535;
const keyPattern = /^[a-zA-Z0-9!-~]{1,255}$/;
const valuePattern = /^([a-zA-Z0-9!-~][ \ta-zA-Z0-9!-~]*)?[a-zA-Z0-9!-~]?$/;
const maxValueLength = 1_024;

/** @throws InvalidInput */
export function checkAttributeTexts(attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (!keyPattern.test(key)) throw invalidInput(`The attribute key '${key}' is not valid.`);
    if (value.length > maxValueLength || !valuePattern.test(value))
      throw invalidInput(`The value of the attribute '${key}' is not valid.`);
  }
}

/** What an instance of this service must and may say. https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html @throws InvalidInput */
export function checkInstance(
  service: Pick<ServiceRecord, 'dns' | 'customHealth' | 'id'>,
  attributes: Attributes,
): void {
  checkAttributeTexts(attributes);
  const entries = Object.entries(attributes);
  if (entries.length > maxInstanceAttributes)
    throw invalidInput(`An instance can have at most ${maxInstanceAttributes} attributes, but has ${entries.length}.`);
  const characters = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (characters > maxAttributeCharacters)
    throw invalidInput(`The attributes of an instance can have at most ${maxAttributeCharacters} characters together.`);
  for (const name of ['AWS_ALIAS_DNS_NAME', 'AWS_EC2_INSTANCE_ID'] as const)
    if (attributes[name] !== undefined) throw notImplemented(`The attribute ${name}`);
  for (const { type } of service.dns?.records ?? []) {
    const name = attributeOf[type];
    if (attributes[name] === undefined)
      throw invalidInput(`The service ${service.id} has ${type} records: the attribute ${name} must be specified.`);
  }
  checkAddresses(attributes);
  checkInitialHealth(service, attributes);
}

function checkAddresses({
  AWS_INSTANCE_IPV4: ipv4,
  AWS_INSTANCE_IPV6: ipv6,
  AWS_INSTANCE_PORT: port,
}: Attributes): void {
  if (ipv4 !== undefined && !isIPv4Text(ipv4))
    throw invalidInput(`The value of AWS_INSTANCE_IPV4 is not an IPv4 address: ${ipv4}`);
  if (ipv6 !== undefined && !isIPv6Text(ipv6))
    throw invalidInput(`The value of AWS_INSTANCE_IPV6 is not an IPv6 address: ${ipv6}`);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= highestPort))
    throw invalidInput(`The value of AWS_INSTANCE_PORT must be between 1 and ${highestPort}, but was ${port}`);
}

function checkInitialHealth({ customHealth }: Pick<ServiceRecord, 'customHealth'>, attributes: Attributes): void {
  const given = attributes[initialHealth];
  if (given === undefined) return;
  if (given !== 'HEALTHY' && given !== 'UNHEALTHY')
    throw invalidInput(`The value of ${initialHealth} must be HEALTHY or UNHEALTHY, but was ${given}`);
  if (!customHealth)
    throw invalidInput(`${initialHealth} can be specified only for services with a HealthCheckCustomConfig.`);
}

/** The health that an instance begins with; undefined where the service has no check. */
export function firstHealth(
  { customHealth }: Pick<ServiceRecord, 'customHealth'>,
  attributes: Attributes,
): CustomHealth | undefined {
  if (!customHealth) return undefined;
  return attributes[initialHealth] === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY';
}
