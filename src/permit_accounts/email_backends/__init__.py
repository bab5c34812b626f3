"""How e-mail leaves: SMTP, the console, a folder of files, or memory."""
