"""mailbox on the file system: mbox with its locks, Maildir with its renames, MH with its sequences."""
import mailbox
import os
import tempfile

root = tempfile.mkdtemp()
os.chdir(root)
box = mailbox.mbox("box")
box.lock()
for i in range(3):
    m = mailbox.mboxMessage(f"From: a{i}@b\nSubject: żółw {i}\n\nFrom the body\n{i}\n".encode())
    m.set_flags("R" * (i % 2))
    box.add(m)
box.flush()
box.unlock()
box.remove(1)
box.close()
box = mailbox.mbox("box")
print(len(box), box.keys(), box[0].get_payload(), box[1].get_flags(), os.path.getsize("box") > 100, sorted(os.listdir(".")))
maildir = mailbox.Maildir("dir")
key = maildir.add("Subject: x\n\nbody")
message = maildir[key]
message.set_subdir("cur")
message.add_flag("S")
maildir[key] = message
maildir.add_folder("sub").add("y")
print(sorted(os.listdir("dir")), len(os.listdir("dir/cur")), os.listdir("dir/cur")[0].endswith(":2,S"), maildir.list_folders(), len(maildir.get_folder("sub")))
mh = mailbox.MH("mh")
mh.add("one")
mh.set_sequences({"unseen": [1]})
print(sorted(os.listdir("mh")), mh.get_sequences(), mh.get_string(1).strip())
for call in (lambda: mailbox.mbox("missing", create=False), lambda: box["nothing"], lambda: maildir.remove_folder("sub"), lambda: mailbox.mbox(root)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__)
