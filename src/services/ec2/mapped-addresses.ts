import type { Change } from './core.ts';
import { elasticIps, type ElasticIpRecord } from './records/elastic-ip.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';

// An Elastic IP and the interface that has it name each other; both are written here and nowhere else.

/** Maps an Elastic IP to an interface that has no public address. @returns the interface as it is now */
export function mapAddress(
  { writer, newId }: Change,
  address: ElasticIpRecord,
  card: NetworkInterfaceRecord,
): { readonly associationId: string; readonly card: NetworkInterfaceRecord } {
  const associationId = newId('eipassoc');
  const association = {
    id: associationId,
    networkInterfaceId: card.id,
    privateIpAddress: card.privateIpAddress,
  };
  const publicIp = { address: address.publicIp, allocationId: address.id, associationId };
  const mapped = { ...card, publicIp };
  writer.put(elasticIps, { ...address, association });
  writer.put(networkInterfaces, mapped);
  return { associationId, card: mapped };
}

/** Takes an Elastic IP off its interface. @returns the address as it is now */
export function unmapAddress({ writer }: Change, { association, ...address }: ElasticIpRecord): ElasticIpRecord {
  const card = association && writer.get(networkInterfaces, association.networkInterfaceId);
  if (card !== undefined) {
    const { publicIp: _gone, ...rest } = card;
    writer.put(networkInterfaces, rest);
  }
  writer.put(elasticIps, address);
  return address;
}
