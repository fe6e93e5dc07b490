import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';

/**
 * Deletes every object whose key begins with a prefix. May run twice.
 * @throws StorageKeyError, StorageUnavailableError
 */
export async function deleteObjectsBelow(
  storage: Pick<StorageGateway, 'list' | 'delete'>,
  prefix: string,
): Promise<void> {
  for await (const { key } of storage.list(prefix)) await storage.delete(key);
}
