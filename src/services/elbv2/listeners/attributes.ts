import { attributeOf, isBoolean, oneOf, within, type AttributeKind, type AttributeSpec } from '../attributes.ts';
import type { ListenerRecord } from '../records/listener.ts';

type Spec = AttributeSpec<ListenerRecord>;

const isHttp = ({ protocol }: ListenerRecord): boolean => protocol === 'HTTP' || protocol === 'HTTPS';
const isHttps = ({ protocol }: ListenerRecord): boolean => protocol === 'HTTPS';
const hasIdleTimeout = ({ protocol }: ListenerRecord): boolean => protocol === 'TCP' || protocol === 'TCP_UDP';

/** Headers that the data planes do not rename or add: their attributes can be set to what they are. */
function header(key: string, appliesTo: Spec['appliesTo'] & object, normal = ''): Spec {
  const isNormal = oneOf(normal);
  return { key, appliesTo, defaultOf: () => normal, accepts: (value) => value.length <= 1_024, honours: isNormal };
}

const certificateHeaders = [
  ['mtls_clientcert_serial_number', 'X-Amzn-Mtls-Clientcert-Serial-Number'],
  ['mtls_clientcert_issuer', 'X-Amzn-Mtls-Clientcert-Issuer'],
  ['mtls_clientcert_subject', 'X-Amzn-Mtls-Clientcert-Subject'],
  ['mtls_clientcert_validity', 'X-Amzn-Mtls-Clientcert-Validity'],
  ['mtls_clientcert_leaf', 'X-Amzn-Mtls-Clientcert-Leaf'],
  ['mtls_clientcert', 'X-Amzn-Mtls-Clientcert'],
  ['tls_version', 'X-Amzn-Tls-Version'],
  ['tls_cipher_suite', 'X-Amzn-Tls-Cipher-Suite'],
] as const;

const responseHeaders = [
  'strict_transport_security',
  'access_control_allow_origin',
  'access_control_allow_methods',
  'access_control_allow_headers',
  'access_control_allow_credentials',
  'access_control_expose_headers',
  'access_control_max_age',
  'content_security_policy',
  'x_content_type_options',
  'x_frame_options',
] as const;

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html */
export const listenerAttributes: AttributeKind<ListenerRecord> = {
  subject: 'Listener',
  where: ({ protocol }) => `listeners with protocol '${protocol}'`,
  specs: [
    { key: 'tcp.idle_timeout.seconds', appliesTo: hasIdleTimeout, defaultOf: () => '350', accepts: within(60, 6_000) },
    {
      key: 'routing.http.response.server.enabled',
      appliesTo: isHttp,
      defaultOf: () => 'true',
      accepts: isBoolean,
      honours: oneOf('true'),
    },
    ...certificateHeaders.map(([name, normal]) =>
      header(`routing.http.request.x_amzn_${name}.header_name`, isHttps, normal),
    ),
    ...responseHeaders.map((name) => header(`routing.http.response.${name}.header_value`, isHttp)),
  ],
};

/** Undefined for listeners without. */
export function idleTimeoutMs(row: ListenerRecord): number | undefined {
  return hasIdleTimeout(row)
    ? Number(attributeOf(listenerAttributes, row, 'tcp.idle_timeout.seconds')) * 1_000
    : undefined;
}
