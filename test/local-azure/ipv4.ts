const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const address = new RegExp(`^(${octet}\\.){3}${octet}$`);

/** As the documents have it: four numbers, none with a zero before it. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && address.test(value);
}

export function asNumber(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** An address, or a block of them as CIDR writes it. */
export function isAddressOrBlock(text: string): boolean {
  const [base, bits, ...rest] = text.split('/');
  if (!isAddress(base) || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,2}$/.test(bits) && Number(bits) <= 32);
}

/** The first and the last address of a block. */
export function blockRange(block: string): { readonly from: number; readonly to: number } {
  const [base = '', bits = '32'] = block.split('/');
  const size = 2 ** (32 - Number(bits));
  const from = Math.floor(asNumber(base) / size) * size;
  return { from, to: from + size - 1 };
}
