/**
 * The physical channel that carries a virtual one: `by-dev-rootcoord-dml_3_4711v0` is on `by-dev-rootcoord-dml_3`, and the control
 * channel `by-dev-rootcoord-dml_0_vcchan` on `by-dev-rootcoord-dml_0` (milvus-io/milvus, `funcutil.ToPhysicalChannel`).
 * @param channels all physical channels
 */
export function physicalChannelOf(channel: string, channels: ReadonlySet<string>): string {
  if (channels.has(channel)) return channel;
  const end = channel.lastIndexOf('_');
  return end <= 0 ? channel : channel.slice(0, end);
}

/**
 * What the target calls a channel of the source: names of channels begin with the id of their cluster
 * (`CLUSTER-rootcoord-dml_0`), and the two clusters' channels are paired by their position. Others have one name on both sides.
 */
export function targetChannelOf(channel: string, sourceClusterId: string, targetClusterId: string): string {
  const prefix = `${sourceClusterId}-`;
  return channel.startsWith(prefix) ? `${targetClusterId}-${channel.slice(prefix.length)}` : channel;
}
