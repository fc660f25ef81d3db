import { BlockList, isIP } from 'node:net';

const blocks = new BlockList();
blocks.addSubnet('10.0.0.0', 8);
blocks.addSubnet('172.16.0.0', 12);
blocks.addSubnet('192.168.0.0', 16);
blocks.addSubnet('100.64.0.0', 10);
blocks.addSubnet('fc00::', 7, 'ipv6');

/** Whether an address is one of a private network, where nobody comes by the rules of a firewall. */
export function isPrivate(address: string): boolean {
  return blocks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a text names addresses of private networks and no other; each may have its port behind it. */
export function namesPrivateOnly(text: string): boolean {
  const found = [...text.matchAll(/(?<![\w.:])[\da-f]*[.:][\da-f.:]*[\da-f](?![\w.])/gi)].flatMap(
    ([word]) => [word, word.replace(/:\d+$/, '')].find((one) => isIP(one) !== 0) ?? [],
  );
  return found.length > 0 && found.every(isPrivate);
}
