import dns from 'node:dns';

// For a program that is to find local Azure's names without knowing of it: `node --import` this first.
const nameServer = process.env['LOCAL_NAME_SERVER'] ?? '';
dns.promises.setServers([nameServer]);
dns.setServers([nameServer]);

// The system's own way to an address knows nothing of that server.
const lookup = (
  host: string,
  { all }: dns.LookupOptions,
  callback: (error: Error | null, address: unknown, family?: number) => void,
): void => {
  dns.promises.resolve4(host).then(
    ([first, ...rest]) => {
      if (all === true)
        callback(
          null,
          [first, ...rest].map((address) => ({ address, family: 4 })),
        );
      else callback(null, first, 4);
    },
    (error: Error) => callback(error, undefined),
  );
};
Object.assign(dns, { lookup });
