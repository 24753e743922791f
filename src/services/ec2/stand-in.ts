import { formatAddress, parseAddress } from './addresses.ts';
import { stableId } from './stable-id.ts';

/**
 * Where AWS's services and registries outside stand for rules and messages: a block that is nobody's on the internet. What their addresses really are,
 * the control plane does not look up. https://www.rfc-editor.org/rfc/rfc5737
 */
const standInBlock = '203.0.113.0';
const standIns = 254;

/** The address that stands for a host; the same one always. */
export function standInAddress(host: string): string {
  const place = Number.parseInt(stableId('host', host).slice(-8), 16) % standIns;
  return formatAddress(parseAddress(standInBlock) + 1 + place);
}
