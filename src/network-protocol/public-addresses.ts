/** Where public addresses come from: a block that is nobody's on the internet. https://www.rfc-editor.org/rfc/rfc2544 */
export const publicBlock = '198.18.0.0/15';

/** What a machine, and whatever on it has no interface of a VPC, is seen as by those it calls at a public address. Given to nobody. */
export const publicAddressOfMachine = '198.18.0.1';
