// Run by mongosh at every start: makes the one-node replica set that transactions need, and one user a service, who can
// read and write that service's database and no other. Doing it again changes nothing, but for a password that has
// changed in .env: it is changed here too.
const services = process.env.SERVICES.split(" ");
const password = (name) => process.env[`${name.toUpperCase()}_PASSWORD`];

const root = `root:${encodeURIComponent(password("root"))}`;
const admin = connect(`mongodb://${root}@mongo:27017/admin?directConnection=true`);

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] } });
}
while (!admin.hello().isWritablePrimary) sleep(200);

for (const name of services) {
  const own = admin.getSiblingDB(name);
  const user = { pwd: password(name), roles: [{ role: "readWrite", db: name }] };
  if (own.getUser(name)) own.updateUser(name, user);
  else own.createUser({ user: name, ...user });
}
