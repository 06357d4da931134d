// node ask.cjs PORT: what npm's oscquery finds there, as JSON.
const { DiscoveredService } = require("oscquery");

const service = new DiscoveredService("127.0.0.1", Number(process.argv[2]));
service
  .update()
  .then(() => {
    const host = service.hostInfo;
    const methods = service.flat().map((method) => [
      method.full_path,
      {
        description: method.description,
        access: method.access,
        arguments: method.arguments,
      },
    ]);
    console.log(JSON.stringify({ host, methods: Object.fromEntries(methods) }));
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
