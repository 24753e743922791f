import { vxlanUses, type NetworkReport, type Underlay } from '../../../network-protocol/index.ts';
import { formatAddress, parseAddress } from '../addresses.ts';
import { policyLimits } from './limits.ts';

/** A machine's frame; undefined when it is none. */
export function readReport(text: string): NetworkReport | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = parsed as Readonly<Record<string, unknown>>;
  switch (fields['type']) {
    case 'applied': {
      const { sequence } = fields;
      return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? { type: 'applied', sequence } : undefined;
    }
    case 'watch': {
      const add = readIds(fields['add']);
      const remove = readIds(fields['remove']);
      return add && remove && { type: 'watch', add, remove };
    }
    case 'nodes': {
      const underlay = readUnderlay(fields['underlay']);
      return underlay && { type: 'nodes', underlay };
    }
    default:
      return undefined;
  }
}

function readUnderlay(value: unknown): Underlay | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { address, vxlan } = value as Readonly<Record<string, unknown>>;
  const use = vxlanUses.find((each) => each === vxlan);
  if (typeof address !== 'string' || formatAddress(parseAddress(address)) !== address) return undefined;
  return use && { address, vxlan: use };
}

function readIds(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > policyLimits.watchedAtOnce) return undefined;
  return value.every(isInterfaceId) ? value : undefined;
}

function isInterfaceId(value: unknown): value is string {
  return typeof value === 'string' && /^eni-[0-9a-z-]{1,60}$/.test(value);
}
