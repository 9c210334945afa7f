// An S3 server on loopback with one bucket, until standard input ends.
// It says its address in the first line, and keeps its objects in the folder it is given.
import S3rver from "@20minutes/s3rver";

const [folder, bucket] = process.argv.slice(2);
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: folder,
  configureBuckets: [{ name: bucket }],
  // Who signs wrongly is refused, as by the real one.
  allowMismatchedSignatures: false,
});
const { port } = await server.run();
console.log(`http://127.0.0.1:${port}`);
process.stdin.on("end", () => process.exit()).resume();
