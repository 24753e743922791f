/** Where programs on this machine may ask for names; beside the addresses of load balancers. */
export const hostNameServer = '127.80.255.53';
export const nameServerPort = 53;
