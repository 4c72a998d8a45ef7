#!/bin/sh
# Make the passwords that docker-compose.yml hands to its services, once: what is there already is left as it is.
# Writes nothing to the screen but names of files. Argument: the folder, else the one beside this script.
set -eu

folder=${1:-$(dirname "$0")/secrets}

# The folder keeps other users of this machine out; the files are readable by the users inside the containers.
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

# Letters and digits only, so that nothing needs escaping in a URL: 32 of them are about 190 bits.
password() {
    LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | dd bs=32 count=1 iflag=fullblock 2> /dev/null
}

# A half-made set would lock the hub out of its own database, so a file comes in place whole or not at all.
put() {
    cat > "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
    echo "$folder/$1"
}

# Each URL is made from the file that its server reads, so that the two always agree.
[ -s "$folder/postgres_password" ] || password | put postgres_password
[ -s "$folder/journal_url" ] || printf 'postgresql://hub:%s@postgres:5432/hub\n' "$(cat "$folder/postgres_password")" | put journal_url
[ -s "$folder/rabbitmq.conf" ] ||
    printf 'default_user = hub\ndefault_pass = %s\ndefault_vhost = hub\n' "$(password)" | put rabbitmq.conf
[ -s "$folder/broker_url" ] ||
    printf 'amqp://hub:%s@rabbitmq:5672/hub\n' "$(sed -n 's/^default_pass = //p' "$folder/rabbitmq.conf")" | put broker_url
