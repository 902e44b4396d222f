// A small bot on discord.js: tells on stdout, a JSON object a line, what it sees and does.
import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  MessageFlags,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const { SANDBOX_API: api, SANDBOX_TOKEN: token } = process.env;
const intents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMembers,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.MessageContent,
];
const client = new Client({ intents, rest: { api } });
const tell = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }));

const COMMANDS = [
  {
    name: "deploy",
    description: "Ships things",
    options: [
      {
        name: "run",
        type: 1,
        description: "Ships one",
        options: [
          { name: "version", type: 3, description: "Which", required: true, autocomplete: true },
          { name: "who", type: 6, description: "For whom" },
        ],
      },
    ],
  },
  { name: "think", description: "Takes its time" },
  { name: "form", description: "Asks" },
];

const row = () =>
  new ActionRowBuilder().addComponents(
    new ButtonBuilder().setCustomId("approve").setLabel("Approve").setEmoji("👍").setStyle(ButtonStyle.Success),
  );

const form = () =>
  new ModalBuilder()
    .setCustomId("form")
    .setTitle("Stand-up")
    .addComponents(
      new ActionRowBuilder().addComponents(
        new TextInputBuilder().setCustomId("done").setLabel("Done").setStyle(TextInputStyle.Short),
      ),
    );

async function deploy(interaction) {
  const version = interaction.options.getString("version");
  const who = interaction.options.getMember("who");
  const embeds = [new EmbedBuilder().setTitle(`Deploy ${version}`).setDescription(`for ${who?.user.username}`)];
  const { resource } = await interaction.reply({ embeds, components: [row()], withResponse: true });
  const message = resource.message;
  tell("replied", { id: message.id, group: interaction.options.getSubcommand() });
  const thread = await message.startThread({ name: `Deploy ${version}`, autoArchiveDuration: 1440 });
  await thread.send({ content: "started", files: [{ attachment: Buffer.from("log"), name: "log.txt" }] });
  tell("threaded", { id: thread.id, parent: thread.parentId });
}

async function think(interaction) {
  await interaction.deferReply();
  await interaction.editReply("thought");
  await interaction.followUp({ content: "only for you", flags: MessageFlags.Ephemeral });
  tell("thought");
}

const COMMAND = { deploy, think, form: (interaction) => interaction.showModal(form()) };

async function answer(interaction) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond([{ name: `${typed}.0`, value: `${typed}.0` }]);
  } else if (interaction.isChatInputCommand()) {
    await COMMAND[interaction.commandName](interaction);
  } else if (interaction.isButton()) {
    const origin = interaction.message.interactionMetadata;
    tell("pressed", { by: interaction.member.displayName, asked: origin.user.username });
    await interaction.update({ content: `approved by ${interaction.user.username}`, components: [] });
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(interaction.fields.getTextInputValue("done"));
  }
}

client.on(Events.InteractionCreate, (interaction) => answer(interaction).catch(fail));
client.on(Events.MessageUpdate, (_, message) => tell("edited", { id: message.id, content: message.content }));
client.on(Events.ThreadCreate, (thread) => tell("thread", { name: thread.name }));
client.on(Events.MessageReactionAdd, (reaction, user) => tell("reacted", { emoji: reaction.emoji.name, by: user.id }));
client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  tell("heard", { content: message.content, by: message.author.username });
  const reply = await message.reply("noted");
  await reply.edit("noted, and kept");
  await reply.react("📌");
});
client.on(Events.Error, fail);

client.once(Events.ClientReady, async () => {
  const guild = client.guilds.cache.first();
  const members = await guild.members.fetch();
  tell("ready", {
    user: client.user.username,
    guild: guild.name,
    channels: guild.channels.cache.map((one) => one.name),
    roles: guild.roles.cache.size,
    members: members.map((one) => one.user.username),
  });
  const made = await guild.commands.set(COMMANDS);
  tell("registered", { commands: made.map((one) => one.name) });
  const refused = await guild.channels.create({ name: "mine" }).catch((error) => error);
  tell("refused", { code: refused.code, status: refused.status });
});

function fail(error) {
  console.error(error);
  process.exit(1);
}

process.on("unhandledRejection", fail);
process.stdin.on("end", () => client.destroy().then(() => process.exit(0)));
process.stdin.resume();
await client.login(token);
