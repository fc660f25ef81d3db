const regionNames: Record<string, string> = {
  westeurope: 'West Europe',
  northeurope: 'North Europe',
  eastus: 'East US',
  eastus2: 'East US 2',
  swedencentral: 'Sweden Central',
  southeastasia: 'Southeast Asia',
};

/** A region as people read it. */
export function regionName(location: string): string {
  return regionNames[location] ?? location;
}
