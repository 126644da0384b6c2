/**
 * Reads the hybrid timestamp of a stored checkpoint, base64 of msgpb.MsgPosition. The wire definitions are loaded with the first
 * call alone. The function gives 0 for bytes that are no checkpoint.
 */
export async function loadPositionReader(): Promise<(position: string) => bigint> {
  const { loadWire } = await import('./wire.js');
  const wire = loadWire();
  return (position) => {
    try {
      const decoded = wire.decode('milvus.proto.msg.MsgPosition', Buffer.from(position, 'base64'));
      return 'timestamp' in decoded ? BigInt(String(decoded.timestamp)) : 0n;
    } catch {
      // Told by the caller, who knows whose checkpoint it is.
      return 0n;
    }
  };
}
