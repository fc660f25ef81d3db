/** Commands that the service knows by name and does not serve, or that this emulator leaves out. */
export const unservedCommands: readonly string[] = `
  abortTransaction applyOps appendOplogNote authenticate authSchemaUpgrade availableQueryOptions
  balancerStart balancerStatus balancerStop checkShardingIndex cleanupOrphaned clone cloneCollection
  cloneCollectionAsCapped commitTransaction compact connPoolStats connPoolSync convertToCapped copydb
  copydbgetnonce copydbsaslstart createRole dataSize dbHash deleteIndexes diagLogging driverOIDTest
  dropAllRolesFromDatabase dropAllUsersFromDatabase dropRole enableSharding eval features filemd5
  flushRouterConfig forceerror fsync fsyncUnlock geoNear geoSearch getDatabaseVersion
  getDiagnosticData getFreeMonitoringStatus getLastError getNonce getPrevError getShardMap
  getShardVersion grantPrivilegesToRole grantRolesToRole grantRolesToUser group handshake
  invalidateUserCache killAllSessions killAllSessionsByPattern listCommands listShards lockInfo
  logRotate mapReduce mergeChunks moveChunk moveCollection parallelCollectionScan planCacheClear
  planCacheClearFilters planCacheListFilters planCacheListPlans planCacheListQueryShapes
  planCacheSetFilter prepareTransaction profile refreshSessions refreshSessionsInternal repairCursor
  repairDatabase replSetAbortPrimaryCatchUp replSetFreeze replSetGetConfig replSetGetRBID
  replSetGetStatus replSetHeartbeat replSetInitiate replSetMaintenance replSetReconfig
  replSetResizeOplog replSetStepDown replSetSyncFrom resetError reshardCollection reSync
  revokePrivilegesFromRole revokeRolesFromRole revokeRolesFromUser rolesInfo serverStatus
  setFeatureCompatibilityVersion setFreeMonitoring setParameter setShardVersion shardCollection
  shardConnPoolStats shardingState shutdown splitChunk splitVector startSession top touch
  unshardCollection updateRole
`
  .trim()
  .split(/\s+/);
