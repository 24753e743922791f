import { publicBlock } from '../../network-protocol/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import { contains, overlaps, parsePrefix, readCidr } from './addresses.ts';
import { invalidCidr } from './errors.ts';

/** Blocks no VPC may lie in: AWS's, and where the installation's own public addresses come from. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const forbidden = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', publicBlock];

/** A VPC's or subnet's block is /16 to /28. */
function hasSize(cidr: string): boolean {
  const { length } = parsePrefix(cidr);
  return length >= 16 && length <= 28;
}

/** The block of a new VPC, or one more of a VPC. */
export function vpcCidr(text: string): string {
  const cidr = readCidr(text);
  if (cidr === undefined) throw invalidCidr(text, 'cidrBlock');
  if (!hasSize(cidr) || forbidden.some((block) => overlaps(block, cidr)))
    throw new ApiError('InvalidVpc.Range', `The CIDR '${text}' is invalid.`);
  return cidr;
}

/** The block of a new subnet of a VPC with these blocks. */
export function subnetCidr(text: string, vpcCidrs: readonly string[]): string {
  const cidr = readCidr(text);
  if (cidr === undefined) throw invalidCidr(text, 'cidrBlock');
  if (!hasSize(cidr) || !vpcCidrs.some((block) => contains(block, cidr)))
    throw new ApiError('InvalidSubnet.Range', `The CIDR '${text}' is invalid.`);
  return cidr;
}

const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** Whether a VPC with the first block may have the other: blocks of different private ranges do not go together. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions */
export function goTogether(first: string, other: string): boolean {
  const rangeOf = (cidr: string): string | undefined => privateBlocks.find((block) => contains(block, cidr));
  const [one, two] = [rangeOf(first), rangeOf(other)];
  return two === undefined || one === undefined || one === two;
}
